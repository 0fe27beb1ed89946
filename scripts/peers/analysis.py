"""From rounds to figures: median times, paired ratios against Martlet, and what they say."""

from dataclasses import dataclass, replace
from statistics import median

from peers.intervals import Interval, interval_of_median, paired_ratios
from peers.model import REFERENCE, Measurement, Run
from peers.units import format_size

YARDSTICK = "sockets"
YARDSTICK_FROM = 64 * 1024 * 1024
YARDSTICK_SHARE = 0.70
# Of what the memory itself allows, with buffers that are each process's own.
MEMORY_YARDSTICK = "memory"
MEMORY_FROM = 16 * 1024 * 1024
MEMORY_SHARE = 0.50


@dataclass(frozen=True)
class Cell:
    """One contender at one size: its median time over the rounds, and the ratio of its time to
    Martlet's (more than 1: Martlet is faster)."""

    contender: str
    byte_count: int
    median_microseconds: float
    rounds: int
    variant: str
    ratio: Interval | None
    # Of all ranks together, per operation; None where a contender does not say.
    processor_microseconds: float | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "contender": self.contender,
            "byteCount": self.byte_count,
            "medianMicroseconds": self.median_microseconds,
            "rounds": self.rounds,
            "variant": self.variant or None,
            "processorMicroseconds": self.processor_microseconds,
            "ratioToMartlet": self.ratio.as_json() if self.ratio else None,
        }


class Table:
    """The cells of one run, by size and contender."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.cells: dict[tuple[int, str], Cell] = {}
        self.measured = [entrant for entrant in run.entrants if has_times(run, entrant.name)]
        for size in run.sizes:
            reference = times_by_round(run, REFERENCE, size)
            for entrant in self.measured:
                times = times_by_round(run, entrant.name, size)
                if times:
                    cell = replace(
                        make_cell(entrant.name, size, times, reference),
                        processor_microseconds=processor_time(run, entrant.name, size),
                    )
                    self.cells[size, entrant.name] = cell

    def cell(self, size: int, contender: str) -> Cell | None:
        return self.cells.get((size, contender))

    def sizes_of(self, contender: str) -> list[Cell]:
        found = (self.cell(size, contender) for size in self.run.sizes)
        return [cell for cell in found if cell is not None]

    def has_reference(self) -> bool:
        return any(name == REFERENCE for _, name in self.cells)


@dataclass(frozen=True)
class Verdict:
    """Whether a bar is passed at every size where it applies, by the intervals' lower ends."""

    text: str
    passed: bool

    def as_json(self) -> dict[str, object]:
        return {"text": self.text, "passed": self.passed}


def verdicts(table: Table) -> list[Verdict]:
    """One for each peer (not slower, at every size), and one for a yardstick's share."""
    if not table.has_reference():
        return []
    found = []
    for entrant in table.measured:
        if entrant.name == REFERENCE:
            continue
        if entrant.name == YARDSTICK:
            verdict = judge(
                table,
                YARDSTICK,
                YARDSTICK_SHARE,
                YARDSTICK_FROM,
                f"at least {YARDSTICK_SHARE:.0%} of {entrant.title} from 64 MiB",
            )
        elif entrant.name == MEMORY_YARDSTICK:
            claim = f"at least {MEMORY_SHARE:.0%} of {entrant.title} from 16 MiB"
            verdict = judge(table, MEMORY_YARDSTICK, MEMORY_SHARE, MEMORY_FROM, claim)
        else:
            verdict = judge(table, entrant.name, 1.0, 0, f"not slower than {entrant.title}")
        if verdict is not None:
            found.append(verdict)
    return found


def judge(table: Table, contender: str, bar: float, least_size: int, claim: str) -> Verdict | None:
    ratios = [
        (cell.byte_count, cell.ratio)
        for cell in table.sizes_of(contender)
        if cell.byte_count >= least_size and cell.ratio is not None
    ]
    if not ratios:
        return None
    missed = [
        f"{format_size(size)} ({format_ratio(ratio)})"
        for size, ratio in ratios
        if ratio.low < bar or not ratio.is_sound()
    ]
    passed = len(ratios) - len(missed)
    text = f"{claim}: {passed} of {len(ratios)} sizes"
    return Verdict(text + (f"; not shown at {', '.join(missed)}" if missed else ""), not missed)


def format_ratio(ratio: Interval) -> str:
    interval = f"{ratio.median:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"
    return interval if ratio.is_sound() else f"{interval} ({ratio.count} pairs)"


def make_cell(
    name: str,
    size: int,
    times: dict[int, tuple[float, str]],
    reference: dict[int, tuple[float, str]],
) -> Cell:
    ratios = paired_ratios(only_times(times), only_times(reference))
    has_ratio = name != REFERENCE and len(ratios) > 0
    return Cell(
        contender=name,
        byte_count=size,
        median_microseconds=median(only_times(times).values()),
        rounds=len(times),
        variant=next(iter(times.values()))[1],
        ratio=interval_of_median(ratios) if has_ratio else None,
    )


def only_times(found: dict[int, tuple[float, str]]) -> dict[int, float]:
    return {index: microseconds for index, (microseconds, _) in found.items()}


def has_times(run: Run, name: str) -> bool:
    return any(times_by_round(run, name, size) for size in run.sizes)


def times_by_round(run: Run, name: str, size: int) -> dict[int, tuple[float, str]]:
    """Round index to (mean time per operation, variant)."""
    return {
        index: (measurement.mean_microseconds, measurement.variant)
        for index, measurement in measurements(run, name, size)
    }


def processor_time(run: Run, name: str, size: int) -> float | None:
    """The median over the rounds, of those that say."""
    found = [measurement.processor_microseconds for _, measurement in measurements(run, name, size)]
    known = [microseconds for microseconds in found if microseconds is not None]
    return median(known) if known else None


def measurements(run: Run, name: str, size: int) -> list[tuple[int, Measurement]]:
    """A contender's measurements of a size, with the indices of their rounds."""
    return [
        (turn.index, measurement)
        for turn in run.rounds
        for launch in turn.launches
        if launch.contender == name
        for measurement in launch.measurements
        if measurement.byte_count == size
    ]
