import tempfile
import unittest
from pathlib import Path

from peers import children
from peers.contenders import peers_of
from peers.contenders.memory import (
    MemoryIntelMPI,
    MemoryLimit,
    MemoryMPICH,
    MemoryTunedOpenMPI,
    check_stays_in_memory,
)
from peers.installation import Kit
from peers.model import Budget, Job, LaunchFailure, Measurement, Report, Task

BUDGET = Budget(milliseconds=5, least_iterations=2, most_iterations=50, launch_timeout_seconds=30)


def job(ranks: int, *tasks: Task) -> Job:
    return Job(ranks, "shm", tasks, BUDGET)


def report(carried: int) -> Report:
    return Report("some", (Measurement(1 << 20, "", 100, 9.0, 9.0, 9.0, 0, carried),))


class CheckTests(unittest.TestCase):
    def test_figures_that_came_over_loopback_are_refused(self) -> None:
        with self.assertRaisesRegex(LaunchFailure, "did not stay in memory"):
            check_stays_in_memory(report(50 << 20), job(2, Task(1 << 20)))

    def test_what_launchers_say_to_each_other_is_no_reason(self) -> None:
        found = check_stays_in_memory(report(5000), job(2, Task(1 << 20)))
        self.assertIsNone(found.measurements[0].loopback_bytes)


class CommandTests(unittest.TestCase):
    def test_nobody_is_told_to_use_tcp(self) -> None:
        for kind in (MemoryTunedOpenMPI, MemoryMPICH, MemoryIntelMPI):
            contender = kind()
            contender.program = Path("program")
            contender.root = Path("root")
            contender.rules = Path("rules")
            command = contender.command(job(2, Task(8)))
            words = [*command.arguments, *command.environment.values()]
            self.assertFalse([word for word in words if "tcp" in word], contender.title)

    def test_every_peer_through_memory_has_its_name_once(self) -> None:
        peers = peers_of("shm")
        self.assertEqual(list(peers), [kind.name for kind in peers.values()])
        self.assertIn("memory", peers)
        self.assertNotIn("memory", peers_of("tcp"))


class MemoryLimitTests(unittest.TestCase):
    def test_its_sums_are_right_for_two_ranks_and_more_at_odd_sizes(self) -> None:
        children.inherit_orphans()
        with tempfile.TemporaryDirectory() as directory:
            limit = MemoryLimit()
            limit.install(Kit(Path(directory), may_install=False))
            for ranks in (2, 3, 4):
                tasks = tuple(Task(size) for size in (8, 1028, 300_004))
                found = limit.measure(job(ranks, *tasks))
                self.assertTrue(all(one.iterations >= 2 for one in found.measurements))


if __name__ == "__main__":
    unittest.main()
