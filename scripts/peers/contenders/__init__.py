"""Who takes part, by the name used on the command line, in the order of the tables."""

from peers.contenders.base import Contender
from peers.contenders.gloo import Gloo, TorchGloo
from peers.contenders.martlet import Martlet
from peers.contenders.memory import (
    MemoryIntelMPI,
    MemoryLimit,
    MemoryMPICH,
    MemoryOpenMPI,
    MemoryTunedOpenMPI,
)
from peers.contenders.mpi import MPICH, IntelMPI, OpenMPI, TunedOpenMPI
from peers.contenders.sockets import PlainSockets

PEERS: dict[str, type[Contender]] = {
    contender.name: contender
    for contender in (OpenMPI, TunedOpenMPI, MPICH, IntelMPI, Gloo, TorchGloo, PlainSockets)
}
# Those that can talk through memory.
MEMORY_PEERS: dict[str, type[Contender]] = {
    contender.name: contender
    for contender in (
        MemoryOpenMPI,
        MemoryTunedOpenMPI,
        MemoryMPICH,
        MemoryIntelMPI,
        MemoryLimit,
    )
}


def peers_of(transport: str) -> dict[str, type[Contender]]:
    """Who can be measured over a transport."""
    return MEMORY_PEERS if transport == "shm" else PEERS


__all__ = ["Contender", "Martlet", "MEMORY_PEERS", "PEERS", "PlainSockets", "peers_of"]
