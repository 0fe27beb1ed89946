"""The same peers where ranks of one host talk through memory, and what the memory itself allows."""

from dataclasses import replace

from peers import children
from peers.contenders.base import Contender, has_core_per_rank, program_options
from peers.contenders.mpi import MPICH, IntelMPI, OpenMPI, TunedOpenMPI
from peers.installation import Kit
from peers.model import Command, Job, LaunchFailure, Report
from peers.protocol import check_report, parse_output

# What launchers and monitors say to each other while an operation is measured, at most.
BYTES_OF_CHATTER = 1 << 20
LARGEST_SHARE_SEEN = 0.1


def check_stays_in_memory(report: Report, job: Job) -> Report:
    """Refuses figures that came over the loopback device; else without its count."""
    for found in report.measurements:
        moved = found.byte_count * found.iterations * (job.ranks - 1)
        carried = found.loopback_bytes or 0
        if carried > BYTES_OF_CHATTER + LARGEST_SHARE_SEEN * moved:
            raise LaunchFailure(
                f"at {found.byte_count} bytes it did not stay in memory: the loopback device"
                f" carried {carried} bytes"
            )
    measurements = tuple(replace(found, loopback_bytes=None) for found in report.measurements)
    return replace(report, measurements=measurements)


class InMemory(Contender):
    """What all of them have in common."""

    def measure(self, job: Job) -> Report:
        completed = children.run(self.command(job), job.budget.launch_timeout_seconds)
        report = check_stays_in_memory(parse_output(completed.output), job)
        check_report(report, job)
        return report


class MemoryOpenMPI(InMemory, OpenMPI):
    note = "ob1 over the vader module; a core per rank where there are enough, else it yields"

    def command(self, job: Job) -> Command:
        launcher = ("mpirun.openmpi", "-n", str(job.ranks), *self.placement(job.ranks))
        transport = ("--mca", "pml", "ob1", "--mca", "btl", "vader,self")
        program = (str(self.program), *program_options(job))
        return Command((*launcher, *transport, *self.tuning(), *program), self.environment())


class MemoryTunedOpenMPI(MemoryOpenMPI, TunedOpenMPI):
    note = (
        "as above, with a segmented ring (256 KiB) from 64 KiB up,"
        " and a heap that returns no memory to the system between operations"
    )


class MemoryMPICH(InMemory, MPICH):
    note = "UCX's shared memory; a core per rank where there are enough"

    def command(self, job: Job) -> Command:
        command = super().command(job)
        return replace(command, environment={"UCX_TLS": "sm,self", "FI_PROVIDER": "shm"})


class MemoryIntelMPI(InMemory, IntelMPI):
    note = "its shared memory (I_MPI_FABRICS=shm); yields where ranks outnumber cores"

    def command(self, job: Job) -> Command:
        command = super().command(job)
        dropped = ("FI_PROVIDER", "FI_TCP_IFACE", "I_MPI_COLL_INTRANODE")
        kept = {key: value for key, value in command.environment.items() if key not in dropped}
        return replace(command, environment=kept | {"I_MPI_FABRICS": "shm"})


class MemoryLimit(InMemory):
    name = "memory"
    title = "the memory itself"
    note = (
        "no all-reduce: processes that see each other's buffers read their part of all once and"
        " write the sums to all once, without waiting for each other"
    )

    def install(self, kit: Kit) -> None:
        kit.need_tools(["gcc"], ["gcc", "libc6-dev"])
        compiler = ["gcc", "-O3", "-march=native", "-std=c11", "-D_GNU_SOURCE"]
        self.program = kit.compile("memory", compiler, "memory_limit.c", ["-lpthread"])

    def command(self, job: Job) -> Command:
        pin = ("--pin",) if has_core_per_rank(job.ranks) else ()
        return Command((str(self.program), *pin, *program_options(job)))
