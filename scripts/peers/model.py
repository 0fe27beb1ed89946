"""The values that travel between the parts: what to measure, what was measured, what went wrong."""

from dataclasses import dataclass, field
from pathlib import Path

# The name of the contender that the others are compared with.
REFERENCE = "martlet"
ALL_REDUCE = "all-reduce"
COLLECTIVES = (ALL_REDUCE, "reduce-scatter", "all-gather", "broadcast", "reduce")


class Unavailable(Exception):
    """A contender that cannot take part; the message is the reason a reader is told."""


class LaunchFailure(Exception):
    """One launch of a contender that gave no figures; the message says why."""


@dataclass(frozen=True)
class Task:
    """One size to measure, by one of the contender's variants (an algorithm, a segment size)."""

    byte_count: int
    variant: str = ""

    def argument(self) -> str:
        return f"{self.byte_count}:{self.variant}" if self.variant else str(self.byte_count)


@dataclass(frozen=True)
class Budget:
    """How long each size may take in one launch."""

    milliseconds: float
    least_iterations: int
    most_iterations: int
    launch_timeout_seconds: float


@dataclass(frozen=True)
class Job:
    """One launch of one contender."""

    ranks: int
    transport: str
    tasks: tuple[Task, ...]
    budget: Budget
    collective: str = ALL_REDUCE


@dataclass(frozen=True)
class Command:
    """How to start a launch: the environment is added to a bare one, never to the caller's."""

    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measurement:
    """What one launch found at one size; times are per operation."""

    byte_count: int
    variant: str
    iterations: int
    mean_microseconds: float
    median_microseconds: float
    p99_microseconds: float
    wrong: int
    loopback_bytes: int | None = None
    # Of all ranks together, per operation.
    processor_microseconds: float | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "byteCount": self.byte_count,
            "variant": self.variant or None,
            "iterations": self.iterations,
            "meanMicroseconds": self.mean_microseconds,
            "medianMicroseconds": self.median_microseconds,
            "p99Microseconds": self.p99_microseconds,
            "processorMicroseconds": self.processor_microseconds,
            "loopbackBytes": self.loopback_bytes,
            "wrong": self.wrong,
        }


@dataclass(frozen=True)
class Report:
    """All that one launch said."""

    library: str | None
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True)
class Launch:
    """One contender's part of one round: measurements, or the reason why there are none."""

    contender: str
    wall_seconds: float
    measurements: tuple[Measurement, ...]
    failure: str | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "contender": self.contender,
            "wallSeconds": round(self.wall_seconds, 3),
            "failure": self.failure,
            "measurements": [measurement.as_json() for measurement in self.measurements],
        }


@dataclass(frozen=True)
class Round:
    """One turn of every contender, in the order in which they ran; meanwhile other processes of the
    machine had `foreign_share` of its processor time."""

    index: int
    foreign_share: float | None
    launches: tuple[Launch, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "index": self.index,
            "foreignProcessorShare": self.foreign_share,
            "launches": [launch.as_json() for launch in self.launches],
        }


@dataclass
class Entrant:
    """A contender as it took part at one number of ranks."""

    name: str
    title: str
    library: str | None = None
    problem: str | None = None
    variants: dict[int, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "title": self.title,
            "library": self.library,
            "problem": self.problem,
            "variants": {str(size): variant for size, variant in self.variants.items()},
        }


@dataclass
class Run:
    """Everything measured of one collective at one number of ranks."""

    ranks: int
    transport: str
    sizes: tuple[int, ...]
    entrants: list[Entrant] = field(default_factory=list)
    preliminaries: list[Launch] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    collective: str = ALL_REDUCE


@dataclass(frozen=True)
class Settings:
    """What the command line asked for."""

    ranks: tuple[int, ...]
    transport: str
    sizes: tuple[int, ...]
    rounds: int
    large_rounds: int
    budget: Budget
    output: Path
    quick: bool
    collectives: tuple[str, ...] = (ALL_REDUCE,)
