"""Sizes and times, as people write and read them."""

SUFFIXES = {"K": 1024, "M": 1024**2, "G": 1024**3}


def parse_size(text: str) -> int:
    """`8`, `64K`, `256M`: bytes of float32 elements, in binary multiples."""
    digits, factor = text.strip().upper().removesuffix("IB").removesuffix("B"), 1
    if digits and digits[-1] in SUFFIXES:
        digits, factor = digits[:-1], SUFFIXES[digits[-1]]
    if not digits.isdecimal():
        raise ValueError(f"'{text}' is not a size (examples: 8, 64K, 256M)")
    size = int(digits) * factor
    if size < 4 or size % 4 != 0:
        raise ValueError(f"'{text}' is no whole number of float32 elements")
    return size


def format_size(byte_count: int) -> str:
    for suffix, factor in reversed(SUFFIXES.items()):
        if byte_count >= factor:
            return f"{byte_count / factor:.3g} {suffix}iB"
    return f"{byte_count} B"


def format_microseconds(microseconds: float) -> str:
    if microseconds < 1e3:
        return f"{three_digits(microseconds)} us"
    if microseconds < 1e6:
        return f"{three_digits(microseconds / 1e3)} ms"
    return f"{three_digits(microseconds / 1e6)} s"


def three_digits(value: float) -> str:
    """Three significant digits, never an exponent."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def bytes_per_rank(byte_count: int, ranks: int, collective: str = "all-reduce") -> float:
    """What each rank has to send at least: what nccl-tests' bus bandwidth counts."""
    shares = {"all-reduce": 2 * (ranks - 1) / ranks, "broadcast": 1, "reduce": 1}
    return shares.get(collective, (ranks - 1) / ranks) * byte_count


def bus_gigabytes_per_second(
    byte_count: int, ranks: int, microseconds: float, collective: str = "all-reduce"
) -> float:
    """Bus bandwidth as nccl-tests defines it."""
    return bytes_per_rank(byte_count, ranks, collective) / microseconds / 1e3
