"""A run made up for tests: times by contender, size and round, all else in order."""

from peers.model import Entrant, Launch, Measurement, Round, Run

TITLES = {
    "martlet": "Martlet",
    "openmpi": "Open MPI",
    "sockets": "plain full-duplex sockets",
    "gloo": "Gloo <by C++>",
}


def measurement(byte_count: int, microseconds: float, variant: str = "") -> Measurement:
    return Measurement(byte_count, variant, 10, microseconds, microseconds, microseconds, 0)


def sample_run(times: dict[str, dict[int, list[float]]], ranks: int = 2) -> Run:
    """`times[contender][size]` lists the mean time of each round in microseconds."""
    sizes = sorted({size for by_size in times.values() for size in by_size})
    run = Run(ranks, "tcp", tuple(sizes), [Entrant(name, TITLES[name]) for name in times])
    count = max(len(found) for by_size in times.values() for found in by_size.values())
    for index in range(count):
        launches = tuple(
            Launch(
                name,
                1.0,
                tuple(
                    measurement(size, found[index])
                    for size, found in by_size.items()
                    if index < len(found)
                ),
            )
            for name, by_size in times.items()
        )
        run.rounds.append(Round(index, 0.0, launches))
    return run


def steady(byte_count: int, microseconds: float, rounds: int = 20) -> dict[int, list[float]]:
    return {byte_count: [microseconds * (1 + index / 1000) for index in range(rounds)]}
