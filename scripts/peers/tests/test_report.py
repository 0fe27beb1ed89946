import unittest
from typing import Any, cast

from peers.arguments import make_parser, settings_of
from peers.model import Launch, Round
from peers.report import as_json, markdown, shortcomings, terminal_text, troubles
from peers.tests.samples import sample_run, steady

SETTINGS = settings_of(make_parser().parse_args([]))
LARGE = 256 * 1024 * 1024


class ReportTests(unittest.TestCase):
    def test_a_peer_that_could_not_be_installed_is_said_with_the_reason(self) -> None:
        run = sample_run({"martlet": steady(8, 5), "openmpi": steady(8, 9)})
        text = markdown(SETTINGS, [run], {"MPICH": "mpicc.mpich not found"})
        self.assertIn("- MPICH: not measured: mpicc.mpich not found", text)
        self.assertIn("| 8 B | 1.80 [1.80, 1.80] |", text)
        self.assertIn("passed  not slower than Open MPI: 1 of 1 sizes", text)

    def test_failures_in_some_rounds_are_counted(self) -> None:
        run = sample_run({"martlet": steady(8, 5), "openmpi": steady(8, 9, rounds=19)})
        run.rounds[-1] = Round(19, 0.0, (Launch("openmpi", 1.0, (), "exit status 1"),))
        self.assertEqual(troubles(run), [("Open MPI", "failed in 1 of 20 rounds: exit status 1")])
        self.assertIn("failed in 1 of 20 rounds", terminal_text(run))

    def test_what_keeps_figures_from_being_quoted_is_told_by_the_rounds_there_are(self) -> None:
        few = sample_run({"martlet": steady(8, 5, rounds=19)})
        self.assertEqual(shortcomings(SETTINGS, [few])[0], "fewer than 20 rounds")
        none_large = sample_run({"martlet": steady(8, 5)})
        self.assertIn("fewer than 6 rounds above 64 MiB", shortcomings(SETTINGS, [none_large]))
        enough = sample_run({"martlet": steady(8, 5) | steady(LARGE, 5, rounds=6)})
        self.assertEqual(shortcomings(SETTINGS, [enough]), [])

    def test_a_busy_machine_is_told(self) -> None:
        run = sample_run({"martlet": steady(8, 5) | steady(LARGE, 5)})
        run.rounds = [Round(turn.index, 0.2, turn.launches) for turn in run.rounds]
        self.assertEqual(
            shortcomings(SETTINGS, [run]),
            ["other processes had 20% of the processors (median of the rounds)"],
        )

    def test_the_record_holds_every_round_of_everyone(self) -> None:
        run = sample_run({"martlet": steady(8, 5), "openmpi": steady(8, 9)})
        record = as_json(SETTINGS, [run], {}, ["--check"])
        [stored] = cast(list[Any], record["runs"])
        self.assertEqual(len(stored["rounds"]), 20)
        for turn in stored["rounds"]:
            self.assertEqual(
                [launch["contender"] for launch in turn["launches"]], ["martlet", "openmpi"]
            )
            self.assertEqual(len(turn["launches"][0]["measurements"]), 1)


if __name__ == "__main__":
    unittest.main()
