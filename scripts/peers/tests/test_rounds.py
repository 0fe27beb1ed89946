import unittest
from pathlib import Path

from peers.analysis import Table
from peers.contenders import Contender
from peers.installation import Kit
from peers.model import Budget, Command, Job, LaunchFailure, Measurement, Report, Run, Settings
from peers.rounds import LARGE, Experiment, fastest, sizes_of_round

SIZES = (8, 1024, 2 * LARGE)


def settings(rounds: int = 20, large_rounds: int = 10) -> Settings:
    return Settings(
        (2,), "tcp", SIZES, rounds, large_rounds, Budget(1, 1, 10, 10), Path("/"), False
    )


class Scripted(Contender):
    """Answers from a table instead of a network, so that the order of events is known."""

    name = "openmpi"
    title = "scripted"
    note = "none"

    def __init__(
        self,
        name: str = "openmpi",
        fails_from: int | None = None,
        choices: dict[str, float] | None = None,
    ) -> None:
        self.name = name  # type: ignore[misc]
        self.fails_from, self.choices = fails_from, choices or {}
        self.jobs: list[Job] = []

    def install(self, kit: Kit) -> None:
        raise NotImplementedError("tests hand it over installed")

    def command(self, job: Job) -> Command:
        raise NotImplementedError("nothing is launched")

    def variants(self, job: Job) -> tuple[str, ...]:
        return tuple(self.choices)

    def measure(self, job: Job) -> Report:
        self.jobs.append(job)
        if self.fails_from is not None and len(self.jobs) > self.fails_from:
            raise LaunchFailure("out of luck")
        times = [(task, self.choices.get(task.variant, 5.0)) for task in job.tasks]
        return Report(
            "scripted 1",
            tuple(
                Measurement(task.byte_count, task.variant, 1, time, time, time, 0)
                for task, time in times
            ),
        )


def perform(*contenders: Contender, rounds: int = 20) -> Run:
    return Experiment(contenders, 2, settings(rounds), lambda text: None).perform()


class SizesTests(unittest.TestCase):
    def test_large_sizes_take_part_in_their_share_of_rounds_evenly(self) -> None:
        taking_part = [2 * LARGE in sizes_of_round(settings(20, 10), index) for index in range(20)]
        self.assertEqual(taking_part, [False, True] * 10)

    def test_small_sizes_take_part_in_every_round(self) -> None:
        for index in range(20):
            self.assertEqual(sizes_of_round(settings(20, 3), index)[:2], (8, 1024))


class ExperimentTests(unittest.TestCase):
    def test_every_round_has_everyone_once_in_changing_order(self) -> None:
        run = perform(Scripted("martlet"), Scripted("openmpi"), Scripted("gloo"))
        orders = [tuple(launch.contender for launch in turn.launches) for turn in run.rounds]
        self.assertEqual(len(orders), 20)
        self.assertEqual(
            {tuple(sorted(order)) for order in orders}, {("gloo", "martlet", "openmpi")}
        )
        self.assertGreater(len(set(orders)), 3)

    def test_who_fails_the_trial_is_named_and_left_out(self) -> None:
        run = perform(Scripted("martlet"), Scripted("openmpi", fails_from=0))
        self.assertEqual(run.entrants[1].problem, "out of luck")
        self.assertEqual([len(turn.launches) for turn in run.rounds], [1] * 20)

    def test_no_round_is_spent_when_there_is_no_martlet_to_compare_with(self) -> None:
        run = perform(Scripted("martlet", fails_from=0), Scripted("openmpi"))
        self.assertEqual(run.entrants[0].problem, "out of luck")
        self.assertEqual(run.rounds, [])

    def test_two_failures_in_a_row_stop_a_contender_and_stay_on_record(self) -> None:
        run = perform(Scripted("martlet"), Scripted("openmpi", fails_from=5))
        failures = [
            launch.failure
            for turn in run.rounds
            for launch in turn.launches
            if launch.contender == "openmpi"
        ]
        self.assertEqual(failures, [None] * 3 + ["out of luck"] * 2)
        self.assertIn("stopped after 2 failures", run.entrants[1].problem or "")
        cell = Table(run).cell(8, "openmpi")
        assert cell is not None
        self.assertEqual(cell.rounds, 3)

    def test_the_fastest_variant_is_the_only_one_in_the_rounds(self) -> None:
        choices = {"slow": 90.0, "fast": 3.0, "middling": 5.0}
        run = perform(Scripted("martlet"), Scripted("gloo", choices=choices))
        self.assertEqual(run.entrants[1].variants, {size: "fast" for size in SIZES})
        used = {
            found.variant
            for turn in run.rounds
            for launch in turn.launches
            for found in launch.measurements
            if launch.contender == "gloo"
        }
        self.assertEqual(used, {"fast"})

    def test_the_variant_that_is_usually_the_fastest_is_chosen(self) -> None:
        lucky = {"once": [1.0, 900.0, 900.0], "usual": [3.0, 2.0, 3.0]}
        self.assertEqual(fastest(lucky), "usual")
        unlucky = {"usual": [1.0, 1.0, 900.0], "steady": [3.0, 2.0, 3.0]}
        self.assertEqual(fastest(unlucky), "usual")

    def test_variants_far_behind_are_measured_once_only(self) -> None:
        choices = {"slow": 90.0, "fast": 3.0, "middling": 5.0}
        run = perform(Scripted("gloo", choices=choices), rounds=1)
        tried = [
            found.variant
            for launch in run.preliminaries
            for found in launch.measurements
            if found.byte_count == 8
        ]
        counts = {name: tried.count(name) for name in choices}
        self.assertEqual(counts, {"slow": 1, "fast": 7, "middling": 7})


if __name__ == "__main__":
    unittest.main()
