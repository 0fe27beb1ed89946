"""Five agents in network namespaces: `scripts/check-cluster --help`."""

import argparse
import shutil
import sys
import tempfile
import time

from .agents import Agent
from .control import Embedded, Etcd
from .drills import NODES, Drills
from .lab import Lab
from .watcher import Failed, Watcher


class Cluster:
    """Nodes, their control plane, and somebody who watches."""

    def __init__(self, lab, binary, folder, kind, arguments):
        self.lab, self.binary, self.folder = lab, binary, folder
        self.lease, self.grace, self.retry_limit = arguments.lease, arguments.grace, 3
        for name in NODES:
            lab.add(name)
        self.control = kind(lab, folder)
        self.times = {
            "registration.leaseSeconds": self.lease, "registration.graceSeconds": self.grace,
            "registration.retryLimitSeconds": self.retry_limit,
            "probe.intervalSeconds": max(0.5, self.grace / 6), "probe.timeoutSeconds": 1}
        self.agents = {name: self._agent(name) for name in NODES}
        self.watcher = Watcher(self._nodes)

    def _nodes(self):
        """From the first of two agents that answers: never both are gone."""
        try:
            return self.agents["n1"].get("/v1/nodes")
        except (OSError, ValueError):
            return self.agents["n2"].get("/v1/nodes")

    def _agent(self, name, node=None):
        return Agent(self.lab, self.binary, self.folder, name, self.times, self.control, node)

    def clone(self, node, name):
        """Another host with a copy of a node's disk, which must not run."""
        self.lab.add(name)
        clone = self._agent(name, node)
        clone.copy_disk(self.agents[node])
        self.agents[name] = clone
        return clone

    def start(self):
        self.control.start()
        for name in NODES:
            self.agents[name].start()

    def end(self):
        for agent in self.agents.values():
            agent.end()
        self.control.end()


def drill(kind, arguments, say):
    """Runs all drills over one kind of control plane; answers what failed."""
    folder = tempfile.mkdtemp(prefix="martlet-cluster-")
    failures = []
    with Lab() as lab:
        cluster = Cluster(lab, arguments.binary, folder, kind, arguments)
        try:
            cluster.start()
            with cluster.watcher:
                failures = run_all(cluster, kind, arguments, say)
        finally:
            cluster.end()
    if failures or arguments.keep:
        say(f"the logs are in {folder}")
    else:
        shutil.rmtree(folder)
    return failures


def run_all(cluster, kind, arguments, say):
    drills = Drills(cluster, lambda text: say(f"    {text}"))
    for test in drills.all():
        if arguments.only and test.__name__ not in [*arguments.only, "register"]:
            continue
        started = time.monotonic()
        say(f"{kind.name}: {test.__doc__}")
        try:
            test()
        except Failed as failure:
            for moment, name, state, reason in cluster.watcher.history[-20:]:
                say(f"    {moment:6.1f} s: {name} {state}: {reason}")
            return [f"{kind.name}, {test.__name__}: {failure}"]
        if cluster.watcher.violations:
            return [f"{kind.name}, {test.__name__}: {cluster.watcher.violations[:5]}"]
        say(f"    passed in {time.monotonic() - started:.0f} s")
    return []


def main():
    parser = argparse.ArgumentParser(prog="scripts/check-cluster", description=__doc__)
    parser.add_argument("--binary", required=True, help="the martlet command")
    parser.add_argument("--store", choices=["embedded", "etcd"], action="append")
    parser.add_argument("--only", action="append", help="one drill, by the name of its function")
    parser.add_argument("--lease", type=int, default=3, help="seconds")
    parser.add_argument("--grace", type=float, default=3, help="seconds")
    parser.add_argument("--keep", action="store_true", help="keep the logs")
    arguments = parser.parse_args()
    kinds = {"embedded": Embedded, "etcd": Etcd}

    def say(text):
        print(text, flush=True)

    failures = []
    for name in arguments.store or list(kinds):
        failures += drill(kinds[name], arguments, say)
    for failure in failures:
        say(f"FAILED {failure}")
    say(f"{len(failures)} failed" if failures else "all drills passed")
    return 1 if failures else 0


sys.exit(main())
