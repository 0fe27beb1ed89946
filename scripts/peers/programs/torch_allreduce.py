"""torch.distributed's all-reduce over Gloo, measured as measure.h measures the compiled contenders:
one buffer per size reduced in place, iterations back to back, the slowest rank's mean compared, the
same output. The ranks are forked here; PEERS_MEETING_DIRECTORY is where they meet."""

import argparse
import ctypes
import os
import signal
import sys
import time
from typing import Any

PR_SET_PDEATHSIG = 1
WARM_UP_SHARE = 0.25


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--measure", required=True)
    parser.add_argument("--ranks", type=int, required=True)
    parser.add_argument("--collective", choices=["all-reduce"], default="all-reduce")
    parser.add_argument("--budget-milliseconds", type=float, default=40)
    parser.add_argument("--least-iterations", type=int, default=3)
    parser.add_argument("--most-iterations", type=int, default=20000)
    return parser.parse_args()


def loopback_bytes() -> int:
    with open("/proc/net/dev") as devices:
        for line in devices:
            name, _, fields = line.partition(":")
            if name.strip() == "lo":
                return int(fields.split()[0])
    return -1


class Rank:
    def __init__(self, rank: int, arguments: argparse.Namespace) -> None:
        os.environ["GLOO_SOCKET_IFNAME"] = "lo"
        import torch
        import torch.distributed

        torch.set_num_threads(1)
        self.torch = torch
        self.distributed = torch.distributed
        self.rank = rank
        self.arguments = arguments
        meeting = os.path.join(os.environ["PEERS_MEETING_DIRECTORY"], "torch")
        self.distributed.init_process_group(
            "gloo", init_method=f"file://{meeting}", rank=rank, world_size=arguments.ranks
        )

    def agree(self, value: int) -> int:
        box = self.torch.tensor([value])
        self.distributed.broadcast(box, 0)
        return int(box[0])

    def total(self, value: int) -> int:
        box = self.torch.tensor([value])
        self.distributed.all_reduce(box)
        return int(box[0])

    def wrong_elements(self, buffer: Any) -> int:
        pattern = self.torch.arange(buffer.numel()) % 251 + 1
        buffer.copy_(pattern * (self.rank + 1))
        self.distributed.all_reduce(buffer)
        factor = self.arguments.ranks * (self.arguments.ranks + 1) // 2
        return int(self.total(float((buffer != pattern * factor).sum())))

    def warm_up(self, buffer: Any) -> float:
        all_reduce = self.distributed.all_reduce
        end = time.monotonic() + self.arguments.budget_milliseconds / 1e3 * WARM_UP_SHARE
        batch = 1
        while True:
            start = time.monotonic()
            for _ in range(batch):
                all_reduce(buffer)
            duration = (time.monotonic() - start) / batch
            if not self.agree(int(time.monotonic() < end)):
                return duration
            batch = min(batch * 2, 64)

    def iterations_for(self, expected_seconds: float) -> int:
        wanted = int(self.arguments.budget_milliseconds / 1e3 / max(expected_seconds, 1e-9))
        least, most = self.arguments.least_iterations, self.arguments.most_iterations
        return self.agree(min(max(wanted, least), most))

    def measure(self, byte_count: int) -> None:
        buffer = self.torch.zeros(byte_count // 4, dtype=self.torch.float32)
        wrong = self.wrong_elements(buffer)
        buffer.zero_()
        iterations = self.iterations_for(self.warm_up(buffer))
        seconds = [0.0] * iterations
        all_reduce = self.distributed.all_reduce
        monotonic = time.monotonic
        carried_before = loopback_bytes()
        self.distributed.barrier()
        taken_before = time.process_time()
        start = last = monotonic()
        for i in range(iterations):
            all_reduce(buffer)
            now = monotonic()
            seconds[i] = now - last
            last = now
        taken = self.total(time.process_time() - taken_before)
        elapsed = self.slowest(last - start)
        carried = loopback_bytes() - carried_before
        if self.rank == 0:
            self.print_result(byte_count, seconds, (elapsed, taken), carried, wrong)

    def total(self, value: float) -> float:
        box = self.torch.tensor([value], dtype=self.torch.float64)
        self.distributed.all_reduce(box)
        return float(box[0])

    def slowest(self, seconds: float) -> float:
        box = self.torch.tensor([seconds], dtype=self.torch.float64)
        self.distributed.all_reduce(box, self.distributed.ReduceOp.MAX)
        return float(box[0])

    def print_result(
        self,
        byte_count: int,
        seconds: list[float],
        totals: tuple[float, float],
        carried: int,
        wrong: int,
    ) -> None:
        elapsed, taken = totals
        seconds.sort()
        count = len(seconds)
        median = (seconds[(count - 1) // 2] + seconds[count // 2]) / 2
        tail = seconds[int((count - 1) * 0.99 + 0.5)]
        print(
            f"result byteCount={byte_count} variant= iterations={count}"
            f" medianMicroseconds={median * 1e6:.4f} minimumMicroseconds={seconds[0] * 1e6:.4f}"
            f" meanMicroseconds={elapsed / count * 1e6:.4f}"
            f" p99Microseconds={tail * 1e6:.4f}"
            f" processorMicroseconds={taken / count * 1e6:.4f} loopbackBytes={carried} wrong={wrong}",
            flush=True,
        )

    def measure_all(self) -> None:
        if self.rank == 0:
            print(f"about library=torch.distributed gloo, PyTorch {self.torch.__version__}")
        for size in self.arguments.measure.split(","):
            self.measure(int(size))
        if self.rank == 0:
            print("done", flush=True)


def be_rank(rank: int, arguments: argparse.Namespace, launcher: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != launcher:
        os._exit(1)
    Rank(rank, arguments).measure_all()


def wait_for_ranks(processes: list[int]) -> int:
    """0 when all ended well; after a failure the others are ended, which would wait for ever."""
    failed = 0
    for _ in processes:
        _, status = os.wait()
        if status != 0 and not failed:
            failed = 1
            for process in processes:
                os.kill(process, signal.SIGKILL)
    return failed


def main() -> int:
    arguments = parse_arguments()
    launcher = os.getpid()
    processes = []
    for rank in range(arguments.ranks):
        process = os.fork()
        if process == 0:
            be_rank(rank, arguments, launcher)
            sys.stdout.flush()
            # Gloo's threads are not worth waiting for; everything has been said.
            os._exit(0)
        processes.append(process)
    return wait_for_ranks(processes)


sys.exit(main())
