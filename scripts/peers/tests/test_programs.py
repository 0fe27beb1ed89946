import os
import tempfile
import unittest
from pathlib import Path

from peers import children
from peers.contenders import PlainSockets
from peers.installation import Kit
from peers.model import Budget, Job, LaunchFailure, Task, Unavailable

BUDGET = Budget(milliseconds=5, least_iterations=2, most_iterations=50, launch_timeout_seconds=30)


class PlainSocketsTests(unittest.TestCase):
    """The whole way with a contender that needs nothing but a compiler."""

    directory: tempfile.TemporaryDirectory[str]
    sockets: PlainSockets

    @classmethod
    def setUpClass(cls) -> None:
        children.inherit_orphans()
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.sockets = PlainSockets()
        cls.sockets.install(Kit(Path(cls.directory.name), may_install=False))

    def job(self, ranks: int, *tasks: Task) -> Job:
        return Job(ranks, "tcp", tasks, BUDGET)

    def test_every_variant_moves_the_right_bytes_at_odd_and_even_sizes(self) -> None:
        for ranks in (2, 4):
            for size in (8, 1028, 300_004, 1 << 20):
                names = self.sockets.variants(self.job(ranks, Task(size)))
                tasks = tuple(Task(size, name) for name in names)
                report = self.sockets.measure(self.job(ranks, *tasks))
                self.assertEqual([found.variant for found in report.measurements], list(names))
                self.assertTrue(all(found.iterations >= 2 for found in report.measurements))

    def test_an_unknown_variant_is_refused_by_name(self) -> None:
        with self.assertRaisesRegex(LaunchFailure, "unknown variant pigeon-8"):
            self.sockets.measure(self.job(2, Task(8, "pigeon-8")))
        self.assertEqual(children.descendants(os.getpid()), [])

    def test_odd_numbers_of_ranks_make_no_pairs(self) -> None:
        self.assertIn("3 ranks do not make pairs", self.sockets.unsuited(3) or "")
        self.assertIsNone(self.sockets.unsuited(4))

    def test_the_program_is_built_once_and_again_when_its_source_changes(self) -> None:
        kit = Kit(Path(self.directory.name), may_install=False)
        first = self.sockets.program
        self.assertEqual(
            kit.compile(
                "sockets",
                ["gcc", "-O2", "-std=c11", "-D_GNU_SOURCE"],
                "full_duplex.c",
                ["-lpthread"],
            ),
            first,
        )
        other = kit.compile(
            "sockets", ["gcc", "-O1", "-std=c11", "-D_GNU_SOURCE"], "full_duplex.c", ["-lpthread"]
        )
        self.assertNotEqual(other, first)


class KitTests(unittest.TestCase):
    def test_what_is_missing_is_said_with_the_remedy(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            kit = Kit(Path(directory), may_install=False)
            with self.assertRaisesRegex(
                Unavailable, "nowhere-cc not found.*apt-get install nowhere"
            ):
                kit.need_tools(["nowhere-cc"], ["nowhere"])
            with self.assertRaisesRegex(Unavailable, "installing was not allowed"):
                kit.python_environment("nothing", [["nothing"]])

    def test_a_compiler_that_fails_is_a_reason_with_its_words(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            kit = Kit(Path(directory), may_install=False)
            with self.assertRaisesRegex(
                Unavailable, "compiling full_duplex.c failed: .*cannot find"
            ):
                kit.compile("x", ["gcc", "-D_GNU_SOURCE"], "full_duplex.c", ["-lnowhere"])


if __name__ == "__main__":
    unittest.main()
