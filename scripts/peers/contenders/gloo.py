"""Gloo, by its own C++ library and by way of PyTorch."""

from peers.contenders.base import Contender, program_options
from peers.installation import PROGRAMS, Kit
from peers.model import ALL_REDUCE, COLLECTIVES, Command, Job

TORCH = "torch==2.13.0+cpu"


class Gloo(Contender):
    name = "gloo"
    title = "Gloo"
    collectives = COLLECTIVES
    note = "Debian's C++ library without PyTorch; the fastest of its algorithms at each size"

    def install(self, kit: Kit) -> None:
        headers = "/usr/include/gloo/allreduce.h"
        kit.need_tools(["g++", headers], ["g++", "libgloo-dev"])
        compiler = ["g++", "-O3", "-march=native", "-std=c++17"]
        libraries = ["-lgloo", "-lpthread", "-ldl"]
        self.program = kit.compile("gloo", compiler, "gloo_collectives.cc", libraries)

    def variants(self, job: Job) -> tuple[str, ...]:
        if job.collective != ALL_REDUCE:
            return ()
        persistent = ("halving_doubling", "ring_chunked", "bcube_persistent")
        polling = tuple(f"{name}_polling" for name in persistent)
        return ("ring", "bcube", *persistent, *polling)

    def command(self, job: Job) -> Command:
        return Command((str(self.program), *program_options(job)))


class TorchGloo(Contender):
    name = "torch"
    title = "torch.distributed (Gloo)"
    note = "PyTorch's process group over the Gloo inside it, called from Python"

    def install(self, kit: Kit) -> None:
        # PyPI's own wheel brings CUDA and several gigabytes, so only the CPU build is taken: from
        # the configured index, else from PyTorch's.
        elsewhere = (
            "--retries 1 --timeout 15 --extra-index-url https://download.pytorch.org/whl/cpu"
        )
        environment = kit.python_environment("torch", [[TORCH], [*elsewhere.split(), TORCH]])
        self.python = environment / "bin" / "python"

    def command(self, job: Job) -> Command:
        program = PROGRAMS / "torch_allreduce.py"
        return Command((str(self.python), str(program), *program_options(job)))
