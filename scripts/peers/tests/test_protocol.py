import unittest
from dataclasses import replace
from typing import Any

from peers.contenders.martlet import parse_bench
from peers.model import Budget, Job, LaunchFailure, Task
from peers.protocol import check_report, parse_output

LINE = (
    "result byteCount=1024 variant={variant} iterations=100 medianMicroseconds=9.5"
    " minimumMicroseconds=8.0 meanMicroseconds=10.25 p99Microseconds=30.0"
    " processorMicroseconds=19.5 loopbackBytes={carried} wrong={wrong}\n"
)


def output(variant: str = "", carried: int = 300_000, wrong: int = 0, end: str = "done\n") -> str:
    line = LINE.format(variant=variant, carried=carried, wrong=wrong)
    return f"about library=Some Library 1.2\n{line}{end}"


def job(*tasks: Task) -> Job:
    return Job(2, "tcp", tasks, Budget(40, 3, 20_000, 60))


class ProtocolTests(unittest.TestCase):
    def test_a_complete_output_is_read(self) -> None:
        report = parse_output(output(variant="ring"))
        check_report(report, job(Task(1024, "ring")))
        [found] = report.measurements
        self.assertEqual(report.library, "Some Library 1.2")
        self.assertEqual((found.byte_count, found.variant, found.iterations), (1024, "ring", 100))
        self.assertEqual((found.mean_microseconds, found.median_microseconds), (10.25, 9.5))
        self.assertEqual(found.processor_microseconds, 19.5)

    def test_output_that_is_cut_off_is_refused(self) -> None:
        with self.assertRaisesRegex(LaunchFailure, "cut off"):
            parse_output(output(end=""))

    def test_a_broken_line_is_refused(self) -> None:
        with self.assertRaisesRegex(LaunchFailure, "meanMicroseconds"):
            parse_output(output().replace("meanMicroseconds", "meanSeconds"))

    def test_wrong_sums_are_a_failure(self) -> None:
        with self.assertRaisesRegex(LaunchFailure, "7 wrong elements at 1024 bytes"):
            check_report(parse_output(output(wrong=7)), job(Task(1024)))

    def test_figures_that_did_not_go_over_loopback_are_refused(self) -> None:
        # 100 all-reduces of 1,024 bytes between two ranks move at least 204,800 bytes.
        with self.assertRaisesRegex(LaunchFailure, "did not go over TCP loopback"):
            check_report(parse_output(output(carried=5_000)), job(Task(1024)))

    def test_other_collectives_have_to_move_half_as_much(self) -> None:
        text = output(carried=110_000)
        with self.assertRaisesRegex(LaunchFailure, "did not go over TCP loopback"):
            check_report(parse_output(text), job(Task(1024)))
        broadcast = replace(job(Task(1024)), collective="broadcast")
        check_report(parse_output(text), broadcast)

    def test_other_sizes_than_asked_for_are_refused(self) -> None:
        for tasks in ((Task(2048),), (Task(1024), Task(2048)), (Task(1024, "ring"),)):
            with self.assertRaisesRegex(LaunchFailure, "did not measure the sizes"):
                check_report(parse_output(output()), job(*tasks))


class MartletReportTests(unittest.TestCase):
    RESULT: dict[str, Any] = {
        "byteCount": 8,
        "count": 2,
        "iterations": 50,
        "transport": "tcp",
        "inPlace": {
            "timeMicroseconds": 6.5,
            "medianMicroseconds": 6,
            "p99Microseconds": 9,
            "processorMicroseconds": 12.5,
            "wrong": 0,
        },
    }

    def test_in_place_figures_are_read(self) -> None:
        report = parse_bench({"version": "0.1", "results": [self.RESULT]}, "tcp")
        self.assertEqual(report.library, "Martlet 0.1")
        self.assertEqual(report.measurements[0].mean_microseconds, 6.5)
        self.assertEqual(report.measurements[0].iterations, 50)

    def test_another_transport_than_asked_for_is_a_failure(self) -> None:
        with self.assertRaisesRegex(LaunchFailure, "its transport was tcp, not shm"):
            parse_bench({"results": [self.RESULT]}, "shm")

    def test_anything_else_is_a_failure_with_the_field_named(self) -> None:
        unusable: list[object] = [
            [],
            {"results": [{}]},
            {"results": [{"byteCount": 8, "iterations": 1, "transport": "tcp"}]},
            {"results": [self.RESULT | {"inPlace": None}]},
            {"results": [self.RESULT | {"inPlace": self.RESULT["inPlace"] | {"wrong": None}}]},
        ]
        for broken in unusable:
            with self.assertRaisesRegex(LaunchFailure, "not as expected"):
                parse_bench(broken, "tcp")


if __name__ == "__main__":
    unittest.main()
