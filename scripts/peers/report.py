"""What is written down: tables for the terminal and in Markdown, and all rounds as JSON."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from peers.analysis import Cell, Table, format_ratio, verdicts
from peers.contenders import Martlet, peers_of
from peers.model import ALL_REDUCE, REFERENCE, Run, Settings
from peers.rounds import LARGE, oversubscription
from peers.units import format_microseconds, format_size

ROUNDS_THAT_COUNT = 20
LARGE_ROUNDS_THAT_COUNT = 6
FOREIGN_SHARE_THAT_COUNTS = 0.05
METHOD = (
    "Time per operation: the mean over back-to-back iterations, one buffer per size"
    " reduced in place and reused. Of a size's rounds the median is shown. Ratio: the contender's"
    " time over Martlet's in the same round, so that more than 1 means that Martlet is faster; the"
    " median over the rounds with its 95 % interval from the order statistics (sign test). No round"
    " was left out or repeated."
)


def shortcomings(settings: Settings, runs: Sequence[Run]) -> list[str]:
    """Why these figures are not to be quoted; empty when they are."""
    found = []
    if settings.quick:
        found.append("--quick measures too little")
    if any(len(run.rounds) < ROUNDS_THAT_COUNT for run in runs):
        found.append(f"fewer than {ROUNDS_THAT_COUNT} rounds")
    if any(size > LARGE for size in settings.sizes) and any(
        large_rounds_of(run) < LARGE_ROUNDS_THAT_COUNT for run in runs
    ):
        found.append(f"fewer than {LARGE_ROUNDS_THAT_COUNT} rounds above 64 MiB")
    foreign = median_foreign_share(runs)
    if foreign > FOREIGN_SHARE_THAT_COUNTS:
        found.append(f"other processes had {foreign:.0%} of the processors (median of the rounds)")
    if any(not Table(run).has_reference() for run in runs):
        found.append("Martlet itself was not measured")
    return found


def large_rounds_of(run: Run) -> int:
    """Rounds in which anyone measured a size above 64 MiB."""
    return sum(
        any(found.byte_count > LARGE for launch in turn.launches for found in launch.measurements)
        for turn in run.rounds
    )


def median_foreign_share(runs: Sequence[Run]) -> float:
    shares = [turn.foreign_share for run in runs for turn in run.rounds]
    known = [share for share in shares if share is not None]
    return median(known) if known else 0.0


def count_of(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def rounds_sentence(settings: Settings) -> str:
    text = count_of(settings.rounds, "round")
    if any(size > LARGE for size in settings.sizes):
        text += f", {settings.large_rounds} of them with the sizes above 64 MiB"
    return text


def grid(table: Table, with_units_of: str) -> list[list[str]]:
    """Rows of text: sizes down, contenders across; `times`, `processor` times or `ratios`."""
    entrants = [
        entrant
        for entrant in table.measured
        if with_units_of != "ratios" or entrant.name != REFERENCE
    ]
    rows = [["size", *(entrant.title for entrant in entrants)]]
    for size in table.run.sizes:
        cells = (table.cell(size, entrant.name) for entrant in entrants)
        rows.append([format_size(size), *(cell_text(cell, with_units_of) for cell in cells)])
    return rows


def cell_text(cell: Cell | None, with_units_of: str) -> str:
    if cell is None:
        return "-"
    if with_units_of == "times":
        return format_microseconds(cell.median_microseconds)
    if with_units_of == "processor":
        taken = cell.processor_microseconds
        return "-" if taken is None else format_microseconds(taken)
    return format_ratio(cell.ratio) if cell.ratio else "-"


def aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(row, widths)) for row in rows
    )


def markdown_grid(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "---:|" * len(rows[0]))
    return "\n".join(lines)


def terminal_text(run: Run) -> str:
    table = Table(run)
    parts = [heading(run), "", aligned(grid(table, "times"))]
    if table.has_reference() and len(table.measured) > 1:
        parts += ["", "time / Martlet's time, median [95 % interval]:"]
        parts += [aligned(grid(table, "ratios")), ""]
        parts += [verdict_line(verdict.text, verdict.passed) for verdict in verdicts(table)]
    parts += [f"{name}: {reason}" for name, reason in troubles(run)]
    return "\n".join(parts)


def verdict_line(text: str, passed: bool) -> str:
    return f"{'passed' if passed else 'MISSED'}  {text}"


def heading(run: Run) -> str:
    return (
        f"{described(run.collective)}, {oversubscription(run.ranks)},"
        f" {'shared memory' if run.transport == 'shm' else 'TCP loopback'}"
    )


def described(collective: str) -> str:
    reduces = collective not in ("all-gather", "broadcast")
    return f"float32 {'sum ' if reduces else ''}{collective} in place"


def plot_name(run: Run) -> str:
    prefix = "" if run.collective == ALL_REDUCE else f"{run.collective}-"
    return f"plot-{prefix}{run.ranks}-ranks.svg"


def troubles(run: Run) -> list[tuple[str, str]]:
    """Who took no part, stopped early or failed in some rounds, and why."""
    found = []
    for entrant in run.entrants:
        failures = [
            launch.failure
            for turn in run.rounds
            for launch in turn.launches
            if launch.contender == entrant.name and launch.failure is not None
        ]
        if entrant.problem is not None:
            found.append((entrant.title, entrant.problem))
        elif failures:
            times = f"failed in {len(failures)} of {len(run.rounds)} rounds"
            found.append((entrant.title, f"{times}: {failures[-1]}"))
    return found


def markdown(settings: Settings, runs: Sequence[Run], missing: dict[str, str]) -> str:
    parts = [
        "# Martlet beside its peers",
        "",
        f"{today()} on {machine_sentence()}. {rounds_sentence(settings)}. {METHOD}",
        "",
    ]
    problems = shortcomings(settings, runs)
    if problems:
        parts += [f"**Not figures to quote:** {'; '.join(problems)}.", ""]
    for run in runs:
        parts += markdown_of_run(run)
    parts += ["## Who took part, and how", ""]
    parts += participants(runs)
    parts += [f"- {title}: not measured: {reason}" for title, reason in missing.items()]
    return "\n".join(parts) + "\n"


def markdown_of_run(run: Run) -> list[str]:
    table = Table(run)
    parts = [
        f"## {heading(run)}",
        "",
        f"![bus bandwidth over size]({plot_name(run)})",
        "",
    ]
    parts += ["Median time per operation:", "", markdown_grid(grid(table, "times")), ""]
    if table.has_reference() and len(table.measured) > 1:
        parts += ["Time over Martlet's time, median and 95 % interval:", ""]
        parts += [markdown_grid(grid(table, "ratios")), ""]
        parts += [f"- {verdict_line(verdict.text, verdict.passed)}" for verdict in verdicts(table)]
        parts += [""]
    parts += ["Processor time of all ranks together, per operation:", ""]
    parts += [markdown_grid(grid(table, "processor")), ""]
    problems = troubles(run)
    if problems:
        parts += [f"- {title}: {reason}" for title, reason in problems] + [""]
    return parts


def participants(runs: Sequence[Run]) -> list[str]:
    notes = {Martlet.name: Martlet.note}
    for run in runs:
        notes |= {name: peer.note for name, peer in peers_of(run.transport).items()}
    libraries = {
        entrant.name: (entrant.title, entrant.library)
        for run in runs
        for entrant in run.entrants
        if entrant.library is not None
    }
    return [f"- {title} ({library}): {notes[name]}" for name, (title, library) in libraries.items()]


def as_json(
    settings: Settings, runs: Sequence[Run], missing: dict[str, str], arguments: Sequence[str]
) -> dict[str, object]:
    return {
        "format": 1,
        "date": today(),
        "machine": machine(),
        "arguments": list(arguments),
        "method": METHOD,
        "rounds": settings.rounds,
        "largeRounds": settings.large_rounds,
        "shortcomings": shortcomings(settings, runs),
        "missing": missing,
        "runs": [run_as_json(run) for run in runs],
    }


def run_as_json(run: Run) -> dict[str, object]:
    table = Table(run)
    return {
        "collective": run.collective,
        "ranks": run.ranks,
        "transport": run.transport,
        "sizes": list(run.sizes),
        "contenders": [entrant.as_json() for entrant in run.entrants],
        "table": [cell.as_json() for cell in table.cells.values()],
        "verdicts": [verdict.as_json() for verdict in verdicts(table)],
        "preliminaries": [launch.as_json() for launch in run.preliminaries],
        "rounds": [turn.as_json() for turn in run.rounds],
    }


def today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def machine() -> dict[str, object]:
    return {
        "processor": processor_name(),
        "cores": len(os.sched_getaffinity(0)),
        "memoryBytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
    }


def machine_sentence() -> str:
    facts = machine()
    return f"{facts['cores']} cores of {facts['processor']}, Linux {facts['kernel']}"


def processor_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
