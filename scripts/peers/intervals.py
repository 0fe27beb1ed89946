"""Medians of paired ratios and their intervals.

The interval comes from the order statistics of the ratios (the inversion of the sign test): exact
for any distribution, the same for ratios and for their logarithms, and without a random draw. With
n pairs it runs from the k-th smallest to the k-th largest ratio, where k is the largest for which
the median lies outside with at most 5 % probability."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A median, the ends of its interval, and what probability the interval really has."""

    median: float
    low: float
    high: float
    coverage: float
    count: int

    def is_sound(self) -> bool:
        """Whether there were enough pairs (six) for the confidence that is asked for."""
        return self.coverage >= CONFIDENCE

    def as_json(self) -> dict[str, object]:
        return {
            "median": self.median,
            "low": self.low,
            "high": self.high,
            "coverage": round(self.coverage, 4),
            "pairs": self.count,
        }


def coverage_of_order_statistics(count: int, rank: int) -> float:
    """How probably the median lies between the rank-th smallest and rank-th largest of `count`."""
    outside: float = sum(comb(count, successes) for successes in range(rank)) / 2**count
    return 1 - 2 * outside


def interval_of_median(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """The median of the values with its interval; with too few values, their whole range."""
    if not values:
        raise ValueError("no values, no median")
    ordered = sorted(values)
    count = len(ordered)
    rank = 1
    while (
        rank + 1 <= (count + 1) // 2 and coverage_of_order_statistics(count, rank + 1) >= confidence
    ):
        rank += 1
    return Interval(
        median=median(ordered),
        low=ordered[rank - 1],
        high=ordered[count - rank],
        coverage=coverage_of_order_statistics(count, rank),
        count=count,
    )


def paired_ratios(numerators: dict[int, float], denominators: dict[int, float]) -> list[float]:
    """numerator / denominator for every round in which both were measured, in round order."""
    shared = sorted(numerators.keys() & denominators.keys())
    return [numerators[index] / denominators[index] for index in shared]
