"""What the loopback device has carried: the evidence that a figure came over TCP."""

from pathlib import Path

DEVICES = Path("/proc/net/dev")


def received_bytes(devices: Path = DEVICES) -> int:
    """Bytes received by `lo` since it came up."""
    for line in devices.read_text().splitlines():
        name, _, counters = line.partition(":")
        if name.strip() == "lo":
            return int(counters.split()[0])
    raise OSError(f"no loopback device in {devices}")
