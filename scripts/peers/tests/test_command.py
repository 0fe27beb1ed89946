import contextlib
import io
import unittest
from pathlib import Path

from peers.arguments import make_parser, settings_of
from peers.bystanders import ProcessorTime
from peers.report import aligned, markdown_grid, shortcomings
from peers.tests.samples import sample_run, steady
from peers.units import bytes_per_rank, format_microseconds, format_size, parse_size


def refused(*arguments: str) -> str:
    """What is said about arguments that must not be accepted."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            make_parser().parse_args(arguments)
        except SystemExit as end:
            assert end.code == 2
            return said.getvalue()
    raise AssertionError(f"{arguments} were accepted")


class ArgumentTests(unittest.TestCase):
    def test_unknown_values_are_refused_by_name(self) -> None:
        self.assertIn("carrier-pigeon", refused("--transport", "carrier-pigeon"))
        self.assertIn("unknown: nccl", refused("--peers", "openmpi,nccl"))
        self.assertIn("'8Q' is not a size", refused("--sizes", "8,8Q"))
        self.assertIn("float32", refused("--sizes", "6"))
        self.assertIn("between 2 and 64", refused("--ranks", "1"))
        self.assertIn("above 0", refused("--rounds", "0"))
        self.assertIn("not allowed with", refused("--yes", "--no-install"))

    def test_the_default_meets_the_rules_and_quick_does_not(self) -> None:
        full = settings_of(make_parser().parse_args([]))
        self.assertEqual((full.ranks, full.rounds, full.large_rounds), ((2, 4), 20, 10))
        self.assertEqual((full.sizes[0], full.sizes[-1]), (8, 256 * 1024 * 1024))
        run = sample_run({"martlet": steady(8, 5) | steady(256 << 20, 5, rounds=10)})
        self.assertEqual(shortcomings(full, [run]), [])
        quick = settings_of(make_parser().parse_args(["--quick"]))
        self.assertEqual(shortcomings(quick, [run]), ["--quick measures too little"])

    def test_sizes_are_sorted_and_named_once(self) -> None:
        parsed = make_parser().parse_args(["--sizes", "1M,8,1M,64K"])
        self.assertEqual(parsed.sizes, (8, 65536, 1048576))


class UnitTests(unittest.TestCase):
    def test_sizes_survive_being_written_and_read(self) -> None:
        for size in (8, 1024, 65536, 3 << 20, 1 << 28, 1 << 30):
            self.assertEqual(parse_size(format_size(size).replace(" ", "")), size)

    def test_times_have_three_digits(self) -> None:
        times = [
            (5.123, "5.12 us"),
            (51.23, "51.2 us"),
            (512.3, "512 us"),
            (5123, "5.12 ms"),
            (51.23e6, "51.2 s"),
        ]
        for microseconds, text in times:
            self.assertEqual(format_microseconds(microseconds), text)

    def test_a_ring_moves_the_least_possible(self) -> None:
        self.assertEqual(bytes_per_rank(64, 2), 64)
        self.assertEqual(bytes_per_rank(64, 4), 96)


class TextTests(unittest.TestCase):
    ROWS = [["size", "A"], ["8 B", "12.0 us"]]

    def test_columns_are_aligned_to_the_right(self) -> None:
        self.assertEqual(aligned(self.ROWS), "size        A\n 8 B  12.0 us")

    def test_markdown_has_a_rule_below_the_header(self) -> None:
        self.assertEqual(markdown_grid(self.ROWS), "| size | A |\n|---:|---:|\n| 8 B | 12.0 us |")


class BystandersTests(unittest.TestCase):
    def test_only_what_is_not_ours_is_foreign(self) -> None:
        import os

        cores = os.sysconf("SC_NPROCESSORS_ONLN")
        before = ProcessorTime(clock=100, machine=50, own=20)
        after = ProcessorTime(clock=110, machine=50 + 6 * cores, own=20 + 4 * cores)
        self.assertEqual(before.foreign_share_since(after), 0.2)

    def test_the_machine_can_be_read(self) -> None:
        self.assertGreater(ProcessorTime.now(Path("/proc/stat")).machine, 0)


if __name__ == "__main__":
    unittest.main()
