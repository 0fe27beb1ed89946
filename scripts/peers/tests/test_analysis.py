import unittest

from peers.analysis import Table, format_ratio, verdicts
from peers.tests.samples import sample_run, steady

MIB = 1024 * 1024


class TableTests(unittest.TestCase):
    def test_ratios_are_of_the_same_round_not_of_medians(self) -> None:
        # The machine doubles its speed half-way: medians say nothing, pairs say 1.5 throughout.
        martlet = [20.0] * 10 + [10.0] * 10
        run = sample_run({"martlet": {8: martlet}, "openmpi": {8: [1.5 * t for t in martlet]}})
        cell = Table(run).cell(8, "openmpi")
        assert cell is not None and cell.ratio is not None
        self.assertEqual((cell.ratio.low, cell.ratio.median, cell.ratio.high), (1.5, 1.5, 1.5))
        self.assertEqual(cell.ratio.count, 20)

    def test_a_peer_without_figures_has_no_column(self) -> None:
        run = sample_run({"martlet": steady(8, 5), "openmpi": {8: []}})
        self.assertEqual([entrant.name for entrant in Table(run).measured], ["martlet"])

    def test_without_martlet_there_are_times_but_no_ratios(self) -> None:
        table = Table(sample_run({"openmpi": steady(8, 5)}))
        cell = table.cell(8, "openmpi")
        assert cell is not None
        self.assertIsNone(cell.ratio)
        self.assertEqual(verdicts(table), [])


class VerdictTests(unittest.TestCase):
    def test_a_bar_is_passed_by_the_lower_end_of_the_interval(self) -> None:
        martlet = {8: [10.0] * 20}
        wavering = {8: [9.0] * 8 + [12.0] * 12}  # median 1.2, but the interval begins at 0.9
        [verdict] = verdicts(Table(sample_run({"martlet": martlet, "openmpi": wavering})))
        self.assertFalse(verdict.passed)
        self.assertIn("0 of 1 sizes", verdict.text)
        self.assertIn("8 B (1.20 [0.90, 1.20])", verdict.text)

    def test_an_equal_time_is_not_slower(self) -> None:
        times = {"martlet": {8: [10.0] * 20}, "openmpi": {8: [10.0] * 20}}
        [verdict] = verdicts(Table(sample_run(times)))
        self.assertTrue(verdict.passed)

    def test_too_few_pairs_pass_nothing(self) -> None:
        times = {"martlet": {8: [10.0] * 5}, "openmpi": {8: [90.0] * 5}}
        [verdict] = verdicts(Table(sample_run(times)))
        self.assertFalse(verdict.passed)
        self.assertIn("(5 pairs)", verdict.text)

    def test_plain_sockets_are_judged_from_64_mib_at_seventy_percent(self) -> None:
        sizes = {8: 10.0, 64 * MIB: 100.0, 256 * MIB: 400.0}
        martlet = {size: [time] * 20 for size, time in sizes.items()}
        sockets = {8: [1.0] * 20, 64 * MIB: [75.0] * 20, 256 * MIB: [260.0] * 20}
        [verdict] = verdicts(Table(sample_run({"martlet": martlet, "sockets": sockets})))
        self.assertFalse(verdict.passed)
        self.assertIn("at least 70% of plain full-duplex sockets from 64 MiB: 1 of 2", verdict.text)
        self.assertIn("256 MiB (0.65 [0.65, 0.65])", verdict.text)

    def test_a_ratio_names_its_pairs_only_when_they_are_few(self) -> None:
        table = Table(sample_run({"martlet": steady(8, 5), "openmpi": steady(8, 10)}))
        cell = table.cell(8, "openmpi")
        assert cell is not None and cell.ratio is not None
        self.assertEqual(format_ratio(cell.ratio), "2.00 [2.00, 2.00]")


if __name__ == "__main__":
    unittest.main()
