import re
import unittest
from xml.etree import ElementTree

from peers.analysis import Table
from peers.axes import Panel, format_rate, ticks_around
from peers.plot import draw
from peers.tests.samples import sample_run, steady

SVG = "{http://www.w3.org/2000/svg}"
TIMES = {
    "martlet": steady(8, 5) | steady(1024, 6) | steady(1 << 26, 40_000),
    "openmpi": steady(8, 9) | steady(1024, 9) | steady(1 << 26, 60_000),
    "gloo": steady(8, 110) | steady(1 << 26, 50_000, rounds=3),
}


def place(point: str) -> tuple[float, float]:
    x, y = point.split(",")
    return float(x), float(y)


class PlotTests(unittest.TestCase):
    def setUp(self) -> None:
        self.root = ElementTree.fromstring(draw(Table(sample_run(TIMES)), "a < b"))

    def curves(self) -> list[list[tuple[float, float]]]:
        return [
            [place(point) for point in curve.attrib["points"].split()]
            for curve in self.root.iter(f"{SVG}polyline")
        ]

    def test_it_is_well_formed_whatever_the_titles_hold(self) -> None:
        texts = [text.text for text in self.root.iter(f"{SVG}text")]
        self.assertIn("a < b", texts)
        self.assertIn("Gloo <by C++>", texts)

    def test_one_curve_for_each_contender_with_a_point_for_each_size(self) -> None:
        self.assertEqual([len(curve) for curve in self.curves()], [3, 3, 2])

    def test_a_shorter_time_is_drawn_higher_at_the_same_place(self) -> None:
        martlet, openmpi, _ = self.curves()
        for ours, theirs in zip(martlet, openmpi):
            self.assertEqual(ours[0], theirs[0])
            self.assertLess(ours[1], theirs[1])

    def test_nothing_is_drawn_outside_the_picture(self) -> None:
        width, height = float(self.root.attrib["width"]), float(self.root.attrib["height"])
        for element in self.root.iter():
            for name in ("x", "x1", "x2", "cx"):
                self.assertTrue(0 <= float(element.attrib.get(name, 0)) <= width, element.attrib)
            for name in ("y", "y1", "y2", "cy"):
                self.assertTrue(0 <= float(element.attrib.get(name, 0)) <= height, element.attrib)
            for number in re.findall(r"[-\d.]+", element.attrib.get("points", "")):
                self.assertTrue(0 <= float(number) <= max(width, height), number)

    def test_without_martlet_the_ratios_are_left_out(self) -> None:
        without = {name: times for name, times in TIMES.items() if name != "martlet"}
        text = draw(Table(sample_run(without)), "peers alone")
        self.assertNotIn("Martlet is faster", text)
        self.assertIn("Martlet is faster", draw(Table(sample_run(TIMES)), "all"))


class AxesTests(unittest.TestCase):
    def test_decades_are_evenly_spaced_and_the_ends_are_on_the_frame(self) -> None:
        panel = Panel(0, 100, 500, 400, [(8, "8 B"), (1024, "1 KiB")], [0.1, 1, 10, 100])
        self.assertAlmostEqual(panel.y(0.1), 400)
        self.assertAlmostEqual(panel.y(100), 100)
        self.assertAlmostEqual(panel.y(1) - panel.y(10), 100)

    def test_ticks_reach_around_the_values_and_are_many_only_where_there_is_room(self) -> None:
        self.assertEqual(ticks_around([1.5, 9.0]), [1, 2, 5, 10])
        self.assertEqual(ticks_around([0.9, 30.0]), [0.5, 1, 2, 5, 10, 20, 50])
        self.assertEqual(len(ticks_around([0.0002, 5.0])), 6)
        self.assertEqual(ticks_around([1.0]), [1, 2])

    def test_rates_are_named_in_units_without_decimals(self) -> None:
        rates = [1e-6, 1e-5, 1e-4, 1e-3, 0.1, 1, 10]
        self.assertEqual(
            [format_rate(rate) for rate in rates],
            ["1 kB/s", "10 kB/s", "100 kB/s", "1 MB/s", "100 MB/s", "1 GB/s", "10 GB/s"],
        )


if __name__ == "__main__":
    unittest.main()
