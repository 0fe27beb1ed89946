"""What the measuring programs print (see programs/measure.h), read back."""

from peers.model import ALL_REDUCE, Job, LaunchFailure, Measurement, Report

# Of the bytes that the operations must move, so many must have been seen on the loopback device.
LEAST_SHARE_SEEN = 0.9


def parse_output(output: str) -> Report:
    """Raises LaunchFailure when the output is cut off or not understood."""
    library, measurements, complete = None, [], False
    for line in output.splitlines():
        if line.startswith("about library="):
            library = line.removeprefix("about library=").strip()
        elif line.startswith("result "):
            measurements.append(parse_result(line))
        elif line.strip() == "done":
            complete = True
    if not complete:
        raise LaunchFailure("its output is cut off")
    return Report(library, tuple(measurements))


def parse_result(line: str) -> Measurement:
    fields = dict(word.partition("=")[::2] for word in line.split()[1:])
    try:
        carried = int(fields["loopbackBytes"])
        return Measurement(
            byte_count=int(fields["byteCount"]),
            variant=fields["variant"],
            iterations=int(fields["iterations"]),
            mean_microseconds=float(fields["meanMicroseconds"]),
            median_microseconds=float(fields["medianMicroseconds"]),
            p99_microseconds=float(fields["p99Microseconds"]),
            wrong=int(fields["wrong"]),
            loopback_bytes=carried if carried >= 0 else None,
            processor_microseconds=float(fields["processorMicroseconds"]),
        )
    except (KeyError, ValueError) as error:
        raise LaunchFailure(f"a result line is not understood ({error}): {line}") from error


def check_report(report: Report, job: Job) -> None:
    """Refuses wrong sums, missing sizes, and figures that another way than TCP gave."""
    measured = [(found.byte_count, found.variant) for found in report.measurements]
    if measured != [(task.byte_count, task.variant) for task in job.tasks]:
        raise LaunchFailure("it did not measure the sizes it was asked for")
    for measurement in report.measurements:
        check_measurement(measurement, job)


def check_measurement(measurement: Measurement, job: Job) -> None:
    if measurement.wrong != 0:
        raise LaunchFailure(f"{measurement.wrong} wrong elements at {measurement.byte_count} bytes")
    if measurement.iterations < 1 or measurement.mean_microseconds <= 0:
        raise LaunchFailure(f"no time at {measurement.byte_count} bytes")
    if measurement.loopback_bytes is None:
        return
    needed = least_bytes_on_wire(measurement.byte_count, measurement.iterations, job)
    if measurement.loopback_bytes < LEAST_SHARE_SEEN * needed:
        raise LaunchFailure(
            f"at {measurement.byte_count} bytes it did not go over TCP loopback: the device"
            f" carried {measurement.loopback_bytes} of at least {needed} bytes"
        )


def least_bytes_on_wire(byte_count: int, iterations: int, job: Job) -> int:
    """What all ranks together must send for that many operations: n - 1 buffers each, and as many
    more for an all-reduce."""
    shares = 2 if job.collective == ALL_REDUCE else 1
    return shares * (job.ranks - 1) * byte_count * iterations
