"""What scripts/compare-peers does: gather, measure, write, conclude."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from itertools import product
from typing import NoReturn

from peers import children
from peers.analysis import Table, verdicts
from peers.arguments import make_parser, settings_of
from peers.contenders import Contender, Martlet, peers_of
from peers.installation import Kit, cache_directory, say
from peers.model import Run, Settings, Unavailable
from peers.plot import draw
from peers.report import (
    as_json,
    heading,
    markdown,
    plot_name,
    rounds_sentence,
    shortcomings,
    terminal_text,
)
from peers.rounds import Experiment


def may_install(arguments: argparse.Namespace) -> bool:
    """By flag; else a person at a terminal is asked, and without one nothing is installed."""
    if arguments.yes or arguments.no_install:
        return bool(arguments.yes)
    if not sys.stdin.isatty():
        say("nothing will be installed: give --yes to allow it")
        return False
    answer = input(
        "Install what is missing (Debian packages as root; the rest below"
        f" {cache_directory()})? [y/N] "
    )
    return answer.strip().lower() in ("y", "yes")


def gather(arguments: argparse.Namespace) -> tuple[list[Contender], dict[str, str]]:
    """Who can take part, Martlet first, and why the others cannot."""
    kit = Kit(cache_directory(), may_install(arguments))
    kit.cache.mkdir(parents=True, exist_ok=True)
    wanted: list[Contender] = [
        kind() for name, kind in peers_of(arguments.transport).items() if name in arguments.peers
    ]
    if not arguments.without_martlet:
        wanted.insert(0, Martlet(arguments.martlet))
    present: list[Contender] = []
    missing: dict[str, str] = {}
    for contender in wanted:
        try:
            contender.install(kit)
            present.append(contender)
        except Unavailable as reason:
            missing[contender.title] = str(reason)
            say(f"{contender.title} is not here: {reason}")
    return present, missing


class Progress:
    def __init__(self) -> None:
        self.start = time.monotonic()

    def __call__(self, text: str) -> None:
        elapsed = time.monotonic() - self.start
        say(f"[{elapsed // 60:3.0f}:{elapsed % 60:02.0f}] {text}")


def measure_all(
    contenders: list[Contender],
    settings: Settings,
    progress: Progress,
    finished: Callable[[list[Run]], None],
) -> list[Run]:
    """One run for each collective and number of ranks; what was measured before an interruption is kept too."""
    runs: list[Run] = []
    for collective, ranks in product(settings.collectives, settings.ranks):
        experiment = Experiment(contenders, ranks, settings, progress, collective)
        progress(f"{heading(experiment.run)}: {rounds_sentence(settings)}")
        runs.append(experiment.run)
        try:
            experiment.perform()
        finally:
            if experiment.run.rounds:
                finished(runs)
    return runs


def write(
    settings: Settings, runs: list[Run], missing: dict[str, str], arguments: Sequence[str]
) -> None:
    settings.output.mkdir(parents=True, exist_ok=True)
    for run in runs:
        drawing = draw(Table(run), heading(run))
        (settings.output / plot_name(run)).write_text(drawing)
    (settings.output / "report.md").write_text(markdown(settings, runs, missing))
    record = json.dumps(as_json(settings, runs, missing, arguments), indent=1)
    (settings.output / "rounds.json").write_text(record + "\n")


def conclude(settings: Settings, runs: list[Run], check: bool) -> int:
    for problem in shortcomings(settings, runs):
        print(f"not figures to quote: {problem}")
    if any(run.rounds for run in runs):
        print(f"written to {settings.output}")
    if not runs or not all(Table(run).has_reference() for run in runs):
        return 1
    if check and not all(verdict.passed for run in runs for verdict in verdicts(Table(run))):
        return 1
    return 0


def stop(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parsed = make_parser().parse_args(given)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, stop)
    children.inherit_orphans()
    settings = settings_of(parsed)
    progress = Progress()
    try:
        contenders, missing = gather(parsed)
        if not contenders or (Martlet.title in missing and not parsed.without_martlet):
            say("there is nothing to compare")
            return 1

        def finished(runs: list[Run]) -> None:
            print(f"\n{terminal_text(runs[-1])}\n", flush=True)
            write(settings, runs, missing, given)

        runs = measure_all(contenders, settings, progress, finished)
    finally:
        children.end_descendants()
    status = conclude(settings, runs, parsed.check)
    return 0 if parsed.without_martlet else status
