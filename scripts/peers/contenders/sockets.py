"""The yardstick: what plain sockets move when nothing is reduced."""

from peers.contenders.base import Contender, program_options
from peers.installation import Kit
from peers.model import Command, Job
from peers.units import bytes_per_rank

KIB = 1024


class PlainSockets(Contender):
    name = "sockets"
    title = "plain full-duplex sockets"
    note = (
        "no all-reduce: pairs of processes exchange 2 (n - 1) / n of the size each way at once"
        " over one connection; the fastest of several segment sizes, with message-sized buffers"
        " (whole) or one cached buffer of a segment (reused)"
    )

    def install(self, kit: Kit) -> None:
        kit.need_tools(["gcc"], ["gcc", "libc6-dev"])
        compiler = ["gcc", "-O2", "-std=c11", "-D_GNU_SOURCE"]
        self.program = kit.compile("sockets", compiler, "full_duplex.c", ["-lpthread"])

    def unsuited(self, ranks: int) -> str | None:
        return None if ranks % 2 == 0 else f"{ranks} ranks do not make pairs"

    def variants(self, job: Job) -> tuple[str, ...]:
        largest = max(task.byte_count for task in job.tasks)
        moved = bytes_per_rank(largest, job.ranks)
        names = ["reused-65536"]
        if moved > 64 * KIB:
            names += ["reused-262144", "whole-262144"]
        if moved > 256 * KIB:
            names += ["reused-524288", "reused-1048576", "whole-1048576"]
        if moved > KIB * KIB:
            names += ["whole-1073741824"]
        return tuple(names)

    def command(self, job: Job) -> Command:
        return Command((str(self.program), "--pin", *program_options(job)))
