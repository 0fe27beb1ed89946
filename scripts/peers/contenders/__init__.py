"""Who takes part, by the name used on the command line, in the order of the tables."""

from peers.contenders.base import Contender
from peers.contenders.gloo import Gloo, TorchGloo
from peers.contenders.martlet import Martlet
from peers.contenders.mpi import MPICH, IntelMPI, OpenMPI, TunedOpenMPI
from peers.contenders.sockets import PlainSockets

PEERS: dict[str, type[Contender]] = {
    contender.name: contender
    for contender in (OpenMPI, TunedOpenMPI, MPICH, IntelMPI, Gloo, TorchGloo, PlainSockets)
}

__all__ = ["Contender", "Martlet", "PEERS", "PlainSockets"]
