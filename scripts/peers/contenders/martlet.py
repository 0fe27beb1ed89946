"""Martlet itself, by the command that users measure with: `martlet bench`."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from peers import children, installation
from peers.contenders.base import Contender, has_core_per_rank
from peers.installation import Kit
from peers.loopback import received_bytes
from peers.model import (
    COLLECTIVES,
    REFERENCE,
    Command,
    Job,
    LaunchFailure,
    Measurement,
    Report,
    Unavailable,
)
from peers.protocol import LEAST_SHARE_SEEN, check_report, least_bytes_on_wire

REPOSITORY = Path(__file__).resolve().parents[3]
BUILD_TIMEOUT_SECONDS = 1800
# nccl-tests' -a: whose mean time is reported; the maximum, as of every contender here.
SLOWEST_RANK = "3"


class Martlet(Contender):
    name = REFERENCE
    title = "Martlet"
    note = "martlet bench, release build; a core per rank where there are enough"
    collectives = COLLECTIVES

    def __init__(self, binary: Path | None = None) -> None:
        """Without a binary the package's own is built first."""
        self.binary = binary.resolve() if binary is not None else None

    def install(self, kit: Kit) -> None:
        if self.binary is None:
            self.binary = build_release()
        if not self.binary.is_file():
            raise Unavailable(f"there is no {self.binary}")

    def command(self, job: Job) -> Command:
        raise NotImplementedError("Martlet reports through a file: see `measure`")

    def bench(self, job: Job, report: Path) -> Command:
        options = {
            "--ranks": str(job.ranks),
            "--transport": job.transport,
            "-d": "float",
            "-o": "sum",
            "-a": SLOWEST_RANK,
            "--sizes": ",".join(str(task.byte_count) for task in job.tasks),
            "--budget-milliseconds": f"{job.budget.milliseconds:g}",
            "--json": str(report),
        }
        if has_core_per_rank(job.ranks):
            options["--bind"] = "core"
        words = [word for option in options.items() for word in option]
        return Command((str(self.binary), "bench", job.collective, "--in-place-only", *words))

    def measure(self, job: Job) -> Report:
        with tempfile.TemporaryDirectory(prefix="martlet-peers-") as directory:
            file = Path(directory) / "bench.json"
            carried_before = received_bytes()
            children.run(self.bench(job, file), job.budget.launch_timeout_seconds)
            carried = received_bytes() - carried_before
            try:
                found = parse_bench(json.loads(file.read_text()), job.transport)
            except (OSError, ValueError) as error:
                raise LaunchFailure(f"its JSON cannot be read: {error}") from error
        check_report(found, job)
        # Over other transports the names in the report are the proof.
        if job.transport == "tcp":
            check_carried(found, job, carried)
        return found


def build_release() -> Path:
    swift = shutil.which("swift")
    if swift is None:
        raise Unavailable("there is no swift in PATH to build it with")
    installation.say("building Martlet (release)")
    build = [swift, "build", "-c", "release", "--package-path", str(REPOSITORY)]
    installation.call([*build, "--product", "martlet"], "swift build", BUILD_TIMEOUT_SECONDS)
    return REPOSITORY / ".build" / "release" / "martlet"


def parse_bench(report: object, transport: str) -> Report:
    """Reads what `martlet bench --json` wrote; LaunchFailure where a field is not as expected."""
    try:
        if not isinstance(report, dict):
            raise TypeError("the report is no object")
        library = f"Martlet {report.get('version', '')}".strip()
        for result in report["results"]:
            if result["transport"] != transport:
                raise LaunchFailure(f"its transport was {result['transport']}, not {transport}")
        return Report(library, tuple(parse_size(result) for result in report["results"]))
    except (KeyError, TypeError, ValueError) as error:
        raise LaunchFailure(f"a field of its JSON is not as expected: {error!r}") from error


def parse_size(result: dict[str, Any]) -> Measurement:
    in_place = result["inPlace"]
    return Measurement(
        byte_count=int(result["byteCount"]),
        variant="",
        iterations=int(result["iterations"]),
        mean_microseconds=float(in_place["timeMicroseconds"]),
        median_microseconds=float(in_place["medianMicroseconds"]),
        p99_microseconds=float(in_place["p99Microseconds"]),
        wrong=int(in_place["wrong"]),
        processor_microseconds=float(in_place["processorMicroseconds"]),
    )


def check_carried(found: Report, job: Job, carried: int) -> None:
    """The transport's proof: over the whole launch, for want of a counter for each size."""
    needed = sum(
        least_bytes_on_wire(measurement.byte_count, measurement.iterations, job)
        for measurement in found.measurements
    )
    if carried < LEAST_SHARE_SEEN * needed:
        raise LaunchFailure(
            f"it did not go over TCP loopback: the device carried {carried} of at least"
            f" {needed} bytes"
        )
