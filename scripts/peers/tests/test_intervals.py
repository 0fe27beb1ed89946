import random
import unittest
from statistics import median

from peers.intervals import (
    coverage_of_order_statistics,
    interval_of_median,
    paired_ratios,
)


class IntervalsTests(unittest.TestCase):
    def test_ranks_and_coverage_are_those_of_the_tables(self) -> None:
        # From the published tables of the sign test's interval: n, order statistic, coverage.
        for count, rank, coverage in (
            (6, 1, 0.9688),
            (10, 2, 0.9785),
            (20, 6, 0.9586),
            (30, 10, 0.9572),
            (50, 18, 0.9672),
        ):
            values = [float(value) for value in range(1, count + 1)]
            found = interval_of_median(values)
            self.assertEqual((found.low, found.high), (rank, count + 1 - rank))
            self.assertAlmostEqual(found.coverage, coverage, places=3)
            self.assertTrue(found.is_sound())

    def test_fewer_than_six_values_give_their_range_and_say_so(self) -> None:
        for count in range(1, 6):
            found = interval_of_median([float(value) for value in range(count)])
            self.assertEqual((found.low, found.high), (0, count - 1))
            self.assertFalse(found.is_sound())
        self.assertEqual(interval_of_median([3.0]).coverage, 0)

    def test_the_order_of_the_values_does_not_matter(self) -> None:
        values = [random.Random(7).lognormvariate(0, 1) for _ in range(23)]
        self.assertEqual(interval_of_median(values), interval_of_median(sorted(values)))
        self.assertEqual(interval_of_median(values).median, median(values))

    def test_inverting_the_ratios_inverts_the_interval(self) -> None:
        values = [1.5, 0.5, 2.0, 4.0, 0.25, 1.0, 8.0, 3.0, 0.125]
        straight = interval_of_median(values)
        inverted = interval_of_median([1 / value for value in values])
        self.assertAlmostEqual(straight.low, 1 / inverted.high)
        self.assertAlmostEqual(straight.high, 1 / inverted.low)

    def test_the_interval_holds_the_true_median_as_often_as_it_says(self) -> None:
        draw = random.Random(20)
        trials, held = 4000, 0
        for _ in range(trials):
            found = interval_of_median([draw.expovariate(1.0) for _ in range(20)])
            held += found.low <= 0.6931471805599453 <= found.high
        self.assertAlmostEqual(held / trials, 0.9586, delta=0.015)

    def test_an_outlier_moves_neither_median_nor_interval_far(self) -> None:
        calm = interval_of_median([1 + value / 100 for value in range(20)])
        wild = interval_of_median([1 + value / 100 for value in range(19)] + [1e9])
        self.assertEqual((calm.median, calm.low, calm.high), (wild.median, wild.low, wild.high))

    def test_no_values_are_refused(self) -> None:
        with self.assertRaises(ValueError):
            interval_of_median([])

    def test_coverage_of_everything_but_nothing(self) -> None:
        self.assertEqual(coverage_of_order_statistics(4, 0), 1)
        self.assertAlmostEqual(coverage_of_order_statistics(2, 1), 0.5)


class PairedRatiosTests(unittest.TestCase):
    def test_only_rounds_with_both_are_paired_each_with_its_own(self) -> None:
        peer = {0: 10.0, 1: 30.0, 2: 5.0, 4: 8.0}
        martlet = {0: 5.0, 2: 10.0, 3: 1.0, 4: 2.0}
        self.assertEqual(paired_ratios(peer, martlet), [2.0, 0.5, 4.0])


if __name__ == "__main__":
    unittest.main()
