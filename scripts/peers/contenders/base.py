"""What every contender can be asked."""

import os
from abc import ABC, abstractmethod
from typing import ClassVar

from peers import children
from peers.installation import Kit
from peers.model import ALL_REDUCE, Command, Job, Report
from peers.protocol import check_report, parse_output


class Contender(ABC):
    """One library under test. `install` comes first; `measure` may then be called any number of
    times, each a launch of its own."""

    name: ClassVar[str]
    title: ClassVar[str]
    # What a reader must know about how it was run.
    note: ClassVar[str]
    # What it can be measured with.
    collectives: ClassVar[tuple[str, ...]] = (ALL_REDUCE,)

    @abstractmethod
    def install(self, kit: Kit) -> None:
        """Gets all it needs; raises Unavailable with the reason where that is impossible."""

    @abstractmethod
    def command(self, job: Job) -> Command:
        """How to launch the job; only after `install`."""

    def unsuited(self, ranks: int) -> str | None:
        """Why it cannot run with so many ranks, if so."""
        return None

    def variants(self, job: Job) -> tuple[str, ...]:
        """The choices, of which the rounds use the fastest at each size; empty for none."""
        return ()

    def measure(self, job: Job) -> Report:
        """One launch. Raises LaunchFailure: wrong sums and transports count as failures too."""
        completed = children.run(self.command(job), job.budget.launch_timeout_seconds)
        report = parse_output(completed.output)
        check_report(report, job)
        return report


def core_count() -> int:
    return len(os.sched_getaffinity(0))


def has_core_per_rank(ranks: int) -> bool:
    return ranks <= core_count()


def program_options(job: Job) -> tuple[str, ...]:
    """The command line that all measuring programs share."""
    options = {
        "--ranks": str(job.ranks),
        "--collective": job.collective,
        "--measure": ",".join(task.argument() for task in job.tasks),
        "--budget-milliseconds": f"{job.budget.milliseconds:g}",
        "--least-iterations": str(job.budget.least_iterations),
        "--most-iterations": str(job.budget.most_iterations),
    }
    return tuple(word for option in options.items() for word in option)
