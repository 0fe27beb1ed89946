"""How a figure comes about.

1. Everyone who can take part is installed and tried once (a small and a middling size).
2. Contenders that offer a choice (Gloo's algorithms, segment sizes of plain sockets) are measured
   in a few preliminary passes; the variant whose median pass at a size is the fastest is used
   there from then on.
3. Rounds: in every round each contender is launched once, in an order shuffled anew, and measures
   all sizes. Sizes above 64 MiB take part in a share of the rounds, spread evenly.
4. A contender's time at a size in a round is the mean over its iterations, on the slowest rank.
   Ratios are formed within a round; of these the median is quoted, with its interval (see
   intervals.py).

Nothing is measured twice to replace a figure. A launch that fails stays in the record as failed; a
contender that fails twice in a row is not launched again."""

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from statistics import median

from peers.bystanders import ProcessorTime
from peers.contenders import Contender
from peers.contenders.base import core_count
from peers.model import ALL_REDUCE, REFERENCE, Entrant, Job, Launch, LaunchFailure, Round, Run, Settings, Task

LARGE = 64 * 1024 * 1024
PRELIMINARY_PASSES = 7
FAILURES_UNTIL_STOPPED = 2
# Preliminary passes: the first gives every variant a launch of its own, for some take many seconds
# for one operation; the others are for those that are not further behind than this.
FIRST_PASS_TIMEOUT_SECONDS = 15.0
STILL_IN_QUESTION = 2.0

Say = Callable[[str], None]


class Experiment:
    """All rounds at one number of ranks."""

    def __init__(
        self,
        contenders: Iterable[Contender],
        ranks: int,
        settings: Settings,
        say: Say,
        collective: str = ALL_REDUCE,
    ) -> None:
        self.settings = settings
        self.say = say
        sizes = tuple(size for size in settings.sizes if has_parts(size, collective, ranks))
        self.run = Run(ranks, settings.transport, sizes, collective=collective)
        self.entrants: dict[str, Entrant] = {}
        self.active: list[Contender] = []
        self.failures: dict[str, int] = {}
        for contender in contenders:
            entrant = Entrant(contender.name, contender.title)
            entrant.problem = contender.unsuited(ranks)
            if collective not in contender.collectives:
                entrant.problem = f"not measured with {collective}"
            self.entrants[contender.name] = entrant
            self.run.entrants.append(entrant)
            if entrant.problem is None:
                self.active.append(contender)

    def perform(self) -> Run:
        """All steps; only the trial when Martlet fails it, since nothing can be compared then."""
        self.active = [contender for contender in self.active if self.passes_trial(contender)]
        if REFERENCE in self.entrants and self.entrants[REFERENCE].problem is not None:
            return self.run
        for contender in list(self.active):
            self.choose_variants(contender)
        for index in range(self.settings.rounds):
            self.perform_round(index)
        return self.run

    def job(self, tasks: Iterable[Task]) -> Job:
        return Job(
            self.run.ranks, self.settings.transport, tuple(tasks), self.settings.budget,
            self.run.collective,
        )

    def launch(self, contender: Contender, job: Job) -> Launch:
        start = time.monotonic()
        try:
            report = contender.measure(job)
        except LaunchFailure as failure:
            return Launch(contender.name, time.monotonic() - start, (), str(failure))
        self.entrants[contender.name].library = report.library
        return Launch(contender.name, time.monotonic() - start, report.measurements)

    def passes_trial(self, contender: Contender) -> bool:
        sizes = self.run.sizes
        for size in dict.fromkeys((sizes[0], sizes[len(sizes) // 2])):
            job = self.job([Task(size)])
            variants = contender.variants(job)
            trial = self.launch(contender, self.job([Task(size, variants[0])]) if variants else job)
            if trial.failure is not None:
                self.entrants[contender.name].problem = trial.failure
                self.say(f"  {contender.title} takes no part: {trial.failure}")
                return False
        return True

    def choose_variants(self, contender: Contender) -> None:
        entrant = self.entrants[contender.name]
        for size in self.run.sizes:
            variants = contender.variants(self.job([Task(size)]))
            if not variants:
                return
            times = self.preliminary_times(contender, size, variants)
            if not times:
                entrant.problem = f"none of its variants gave a figure at {size} bytes"
                self.active.remove(contender)
                return
            entrant.variants[size] = fastest(times)
            self.say(f"  {contender.title}: {entrant.variants[size]} at {size} bytes")

    def preliminary_times(
        self, contender: Contender, size: int, variants: tuple[str, ...]
    ) -> dict[str, list[float]]:
        if len(variants) == 1:
            return {variants[0]: [0.0]}
        times: dict[str, list[float]] = {}
        short = replace(self.settings.budget, launch_timeout_seconds=FIRST_PASS_TIMEOUT_SECONDS)
        for name in variants:
            self.preliminary(contender, replace(self.job([Task(size, name)]), budget=short), times)
        for _ in range(PRELIMINARY_PASSES - 1):
            left = variants_in_question(times)
            if len(left) > 1:
                self.preliminary(contender, self.job(Task(size, name) for name in left), times)
        return times

    def preliminary(self, contender: Contender, job: Job, times: dict[str, list[float]]) -> None:
        launch = self.launch(contender, job)
        self.run.preliminaries.append(launch)
        for found in launch.measurements:
            times.setdefault(found.variant, []).append(found.mean_microseconds)

    def perform_round(self, index: int) -> None:
        order = list(self.active)
        random.Random(f"{self.run.ranks} ranks, round {index}").shuffle(order)
        busy = ProcessorTime.now()
        sizes = sizes_of_round(self.settings, index, self.run.sizes)
        launches = []
        for contender in order:
            chosen = self.entrants[contender.name].variants
            launch = self.launch(contender, self.job(Task(s, chosen.get(s, "")) for s in sizes))
            launches.append(launch)
            self.note_outcome(contender, launch)
        self.run.rounds.append(Round(index, busy.foreign_share_since(), tuple(launches)))

    def note_outcome(self, contender: Contender, launch: Launch) -> None:
        if launch.failure is None:
            self.failures[contender.name] = 0
            return
        self.say(f"  {contender.title} failed: {launch.failure}")
        self.failures[contender.name] = self.failures.get(contender.name, 0) + 1
        if self.failures[contender.name] == FAILURES_UNTIL_STOPPED:
            self.active.remove(contender)
            self.entrants[
                contender.name
            ].problem = (
                f"stopped after {FAILURES_UNTIL_STOPPED} failures in a row: {launch.failure}"
            )


def fastest(times: dict[str, list[float]]) -> str:
    """The variant whose median pass is the fastest: a peer is shown at its usual best, also where
    one pass in seven takes it a thousand times as long."""
    return min(times, key=lambda name: median(times[name]))


def variants_in_question(times: dict[str, list[float]]) -> list[str]:
    """Those whose median is near the least."""
    medians = {name: median(found) for name, found in times.items()}
    least = min(medians.values(), default=0.0)
    return [name for name, time_taken in medians.items() if time_taken <= STILL_IN_QUESTION * least]


def has_parts(size: int, collective: str, ranks: int) -> bool:
    """Whether the elements of a size can be dealt out evenly, where a collective does that."""
    return collective not in ("reduce-scatter", "all-gather") or size % (4 * ranks) == 0


def sizes_of_round(
    settings: Settings, index: int, of: tuple[int, ...] | None = None
) -> tuple[int, ...]:
    """Large sizes take part in `large_rounds` of the rounds, evenly spread over them."""
    rounds, large_rounds = settings.rounds, settings.large_rounds
    with_large = (index + 1) * large_rounds // rounds > index * large_rounds // rounds
    everything = settings.sizes if of is None else of
    sizes = tuple(size for size in everything if with_large or size <= LARGE)
    return sizes if sizes else everything


def oversubscription(ranks: int) -> str:
    cores = core_count()
    return f"{ranks} ranks on {cores} cores" + (" (oversubscribed)" if ranks > cores else "")
