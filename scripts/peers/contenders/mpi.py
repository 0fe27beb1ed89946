"""The MPI libraries: one measuring program, compiled by each one's compiler wrapper."""

import os
from pathlib import Path

from peers.contenders.base import Contender, has_core_per_rank, program_options
from peers.installation import Kit
from peers.model import COLLECTIVES, Command, Job

SOURCE = "mpi_collectives.c"
C_OPTIONS = ("-O2", "-std=gnu11")


class OpenMPI(Contender):
    name = "openmpi"
    title = "Open MPI"
    collectives = COLLECTIVES
    note = "as shipped: ob1 over the tcp module on lo; a core per rank where there are enough"

    def install(self, kit: Kit) -> None:
        kit.need_tools(["mpicc.openmpi", "mpirun.openmpi"], ["openmpi-bin", "libopenmpi-dev"])
        self.program = kit.compile("openmpi", ["mpicc.openmpi", *C_OPTIONS], SOURCE, [])

    def command(self, job: Job) -> Command:
        launcher = ("mpirun.openmpi", "-n", str(job.ranks), *self.placement(job.ranks))
        transport = [
            "--mca",
            "pml",
            "ob1",
            "--mca",
            "btl",
            "tcp,self",
            "--mca",
            "btl_tcp_if_include",
            "lo",
        ]
        program = (str(self.program), *program_options(job))
        return Command((*launcher, *transport, *self.tuning(), *program), self.environment())

    def placement(self, ranks: int) -> tuple[str, ...]:
        if has_core_per_rank(ranks):
            return ("--bind-to", "core")
        return tuple(["--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"])

    def tuning(self) -> tuple[str, ...]:
        return ()

    def environment(self) -> dict[str, str]:
        if os.geteuid() != 0:
            return {}
        return {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


class TunedOpenMPI(OpenMPI):
    name = "openmpi-tuned"
    title = "Open MPI, tuned"
    note = (
        "as above, with a segmented ring (256 KiB) from 64 KiB up,"
        " and a heap that returns no memory to the system between operations"
    )
    # Open MPI's file of rules: all-reduce is collective 2; for 2 ranks and more, by message size,
    # the algorithm (0: its own choice, 5: segmented ring), fan-out and segment size.
    RULES = "1\n2\n1\n2\n2\n0 0 0 0\n65536 5 0 262144\n"

    def install(self, kit: Kit) -> None:
        super().install(kit)
        self.rules = kit.cache / "openmpi-rules.conf"
        self.rules.write_text(self.RULES)

    def tuning(self) -> tuple[str, ...]:
        rules = "--mca coll_tuned_use_dynamic_rules 1 --mca coll_tuned_dynamic_rules_filename"
        return (*rules.split(), str(self.rules))

    def environment(self) -> dict[str, str]:
        kept_heap = "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=68719476736"
        return super().environment() | {"GLIBC_TUNABLES": kept_heap}


class MPICH(Contender):
    name = "mpich"
    title = "MPICH"
    collectives = COLLECTIVES
    note = "as shipped: UCX's tcp transport on lo; a core per rank where there are enough"

    def install(self, kit: Kit) -> None:
        kit.need_tools(["mpicc.mpich", "mpiexec.mpich"], ["mpich", "libmpich-dev"])
        self.program = kit.compile("mpich", ["mpicc.mpich", *C_OPTIONS], SOURCE, [])

    def command(self, job: Job) -> Command:
        placement = ("-bind-to", "core") if has_core_per_rank(job.ranks) else ()
        launcher = ("mpiexec.mpich", "-n", str(job.ranks), *placement)
        # The second pair serves builds on libfabric; Debian's is on UCX.
        ucx = {"UCX_TLS": "tcp,self", "UCX_NET_DEVICES": "lo"}
        libfabric = {"FI_PROVIDER": "tcp", "FI_TCP_IFACE": "lo"}
        return Command((*launcher, str(self.program), *program_options(job)), ucx | libfabric)


class IntelMPI(Contender):
    name = "intelmpi"
    title = "Intel MPI"
    collectives = COLLECTIVES
    note = (
        "libfabric's tcp provider on lo, with its collectives kept from shared memory"
        " (I_MPI_COLL_INTRANODE=pt2pt); yields where ranks outnumber cores"
    )

    def install(self, kit: Kit) -> None:
        kit.need_tools(["gcc"], ["gcc", "libc6-dev"])
        self.root: Path = kit.python_environment("intelmpi", [["impi-rt", "impi-devel"]])
        compiler = ["gcc", *C_OPTIONS, f"-I{self.root}/include"]
        libraries = [f"-L{self.root}/lib", f"-Wl,-rpath,{self.root}/lib", "-lmpi"]
        self.program = kit.compile("intelmpi", compiler, SOURCE, libraries)

    def command(self, job: Job) -> Command:
        launcher = (f"{self.root}/bin/mpiexec.hydra", "-n", str(job.ranks))
        environment = {
            "I_MPI_ROOT": str(self.root),
            "LD_LIBRARY_PATH": f"{self.root}/lib",
            "FI_PROVIDER_PATH": f"{self.root}/lib",
            "I_MPI_FABRICS": "ofi",
            "I_MPI_COLL_INTRANODE": "pt2pt",
            "FI_PROVIDER": "tcp",
            "FI_TCP_IFACE": "lo",
        }
        if not has_core_per_rank(job.ranks):
            environment |= {"I_MPI_PIN": "0", "I_MPI_THREAD_YIELD": "3"}
        return Command((*launcher, str(self.program), *program_options(job)), environment)
