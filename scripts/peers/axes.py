"""Logarithmic axes of the figure: where a value lies, and the frame around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

HEIGHT_OF_TITLE = 46
GRID, FRAME, TEXT = "#dddddd", "#555555", "#222222"
INSET = 24


@dataclass(frozen=True)
class Panel:
    """A rectangle with sizes across, and upwards the values between the first and last tick."""

    left: float
    top: float
    right: float
    bottom: float
    sizes: Sequence[tuple[int, str]]
    ticks: Sequence[float]

    def x(self, size: int) -> float:
        least, most = log10(self.sizes[0][0]), log10(self.sizes[-1][0])
        share = (log10(size) - least) / (most - least) if most > least else 0.5
        return self.left + INSET + share * (self.right - self.left - 2 * INSET)

    def y(self, value: float) -> float:
        low, high = log10(self.ticks[0]), log10(self.ticks[-1])
        share = (log10(value) - low) / (high - low)
        return self.bottom - share * (self.bottom - self.top)

    def frame(self, label: str, name: Callable[[float], str]) -> list[str]:
        parts = []
        for size, text in self.sizes:
            parts.append(rule(self.x(size), self.top, self.x(size), self.bottom))
            parts.append(self.size_label(size, text))
        for tick in self.ticks:
            y = self.y(tick)
            parts.append(rule(self.left, y, self.right, y))
            parts.append(
                f"<text x='{self.left - 8:.1f}' y='{y + 4.5:.1f}' fill='{TEXT}'"
                f" text-anchor='end'>{name(tick)}</text>"
            )
        parts.append(
            f"<rect x='{self.left}' y='{self.top}' width='{self.right - self.left}'"
            f" height='{self.bottom - self.top}' fill='none' stroke='{FRAME}'/>"
        )
        middle = (self.top + self.bottom) / 2
        parts.append(
            f"<text transform='translate(20 {middle:.1f}) rotate(-90)' fill='{TEXT}'"
            f" text-anchor='middle'>{escape(label)}</text>"
        )
        return parts

    def size_label(self, size: int, text: str) -> str:
        return (
            f"<text transform='translate({self.x(size) + 4:.1f} {self.bottom + 16:.1f})"
            f" rotate(-35)' fill='{TEXT}' font-size='12' text-anchor='end'>"
            f"{escape(text)}</text>"
        )


def rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{GRID}'"
        " stroke-width='1'/>"
    )


def ticks_around(values: Sequence[float]) -> list[float]:
    """From the last tick below all values to the first above: 1, 2 and 5 times the powers of ten
    while these are few, else the powers alone."""
    low, high = min(values), max(values)
    exponents = range(floor(log10(low)), ceil(log10(high)) + 1)
    steps = (1, 2, 5) if len(exponents) <= 4 else (1,)
    ticks = [step * 10.0**exponent for exponent in exponents for step in steps]
    first = max(index for index, tick in enumerate(ticks) if tick <= low)
    last = min(index for index, tick in enumerate(ticks) if tick >= high)
    return ticks[first : max(last, first + 1) + 1]


def format_rate(gigabytes_per_second: float) -> str:
    """Bytes per second in the unit that needs no decimals."""
    rate, units = gigabytes_per_second * 1e9, ("B/s", "kB/s", "MB/s", "GB/s")
    index = min(int(log10(rate * 1.0001) // 3), len(units) - 1) if rate >= 1 else 0
    return f"{rate / 1e3**index:g} {units[index]}"


def format_ratio_tick(value: float) -> str:
    return f"{value:g}"
