"""How much of the machine others had while something was measured."""

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

STATISTICS = Path("/proc/stat")


@dataclass(frozen=True)
class ProcessorTime:
    """Readings at one moment, in seconds: the clock, the whole machine's work, and our own."""

    clock: float
    machine: float
    own: float

    @staticmethod
    def now(statistics: Path = STATISTICS) -> "ProcessorTime":
        """Interrupts are left out of the machine's work: those of loopback traffic are ours."""
        user, nice, system = (int(word) for word in statistics.read_text().split()[1:4])
        machine = (user + nice + system) / os.sysconf("SC_CLK_TCK")
        usages = (
            resource.getrusage(resource.RUSAGE_SELF),
            resource.getrusage(resource.RUSAGE_CHILDREN),
        )
        own = sum(usage.ru_utime + usage.ru_stime for usage in usages)
        return ProcessorTime(time.monotonic(), machine, own)

    def foreign_share_since(self, later: "ProcessorTime | None" = None) -> float | None:
        """The share of all processors that processes other than ours and our ended children had
        from this reading until the later one, which is now by default."""
        end = later if later is not None else ProcessorTime.now()
        capacity = (end.clock - self.clock) * os.sysconf("SC_NPROCESSORS_ONLN")
        if capacity <= 0:
            return None
        foreign = (end.machine - self.machine) - (end.own - self.own)
        return round(min(max(foreign / capacity, 0.0), 1.0), 4)
