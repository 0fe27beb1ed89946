"""What is done to five nodes, and what must be seen.

Each drill begins and ends with all nodes ready, and says how long things took.
"""

import json
import signal
import time

from .watcher import Failed

NODES = ["n1", "n2", "n3", "n4", "n5"]
# What polling, starting a process and a busy machine may add.
SLACK = 8


def wait_for(what, condition, seconds):
    """As the watcher's `until`, while nobody can list the nodes."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.05)


class Drills:
    def __init__(self, cluster, say):
        self.cluster, self.say = cluster, say
        self.agents, self.watcher = cluster.agents, cluster.watcher
        self.lease, self.grace = cluster.lease, cluster.grace
        # Until a node that fell silent is suspect, and until it is lost.
        self.suspect_within = self.lease + SLACK
        self.lost_within = self.lease + self.grace + SLACK

    def all(self):
        # Not n1: with the embedded control plane it has to stay.
        yield self.register
        yield self.killed
        yield self.stopped
        yield self.partitioned
        yield self.rebooted
        yield self.cloned
        yield self.ordered
        yield self.healed
        yield self.vanished_together
        yield self.departed
        yield self.controller_killed
        if hasattr(self.cluster.control, "fill"):
            yield self.disk_full

    def register(self):
        """all five register"""
        took = self.all_ready(20)
        self.say(f"ready after {took:.1f} s")

    def killed(self):
        """kill -9 of an agent: suspect, then lost; started again it is ready"""
        self.lose("n5", lambda: self.agents["n5"].kill(), self.agents["n5"].start, grows=True)

    def stopped(self):
        """a stopped agent: the probe connects and is not answered"""
        agent = self.agents["n4"]
        self.lose(
            "n4", lambda: agent.signal(signal.SIGSTOP), lambda: agent.signal(signal.SIGCONT))

    def partitioned(self):
        """a host without network: lost for the others, at work for itself"""
        self.lose("n3", lambda: self.cluster.lab.cut("n3"),
                  lambda: self.cluster.lab.mend("n3"), meanwhile=self.serves_alone)

    def serves_alone(self):
        status = self.agents["n3"].status()
        if status["controlPlane"]["isReachable"] or status["phase"] != "registering":
            raise Failed(f"n3, cut off, says {status['phase']}: {status['reason']}")

    def rebooted(self):
        """a reboot: the node takes its id over under the next number"""
        agent, before = self.agents["n2"], self.watcher.incarnation("n2")
        since = self.watcher.now()
        agent.kill()
        agent.new_boot()
        agent.start()
        took = self.watcher.until(
            "n2 ready under the next number",
            lambda: self.watcher.state("n2") == "ready"
            and self.watcher.incarnation("n2") == before + 1, self.lease + SLACK)
        if "lost" in self.watcher.seen("n2", since):
            raise Failed("n2 was called lost while it rebooted")
        self.say(f"incarnation {before + 1} after {took:.1f} s")

    def cloned(self):
        """a clone: refused while the first answers, and heir when it is dead"""
        first, clone = self.agents["n2"], self.cluster.clone("n2", "n6")
        before = self.watcher.incarnation("n2")
        clone.start()
        took = self.watcher.until(
            "the clone refused", lambda: self.phase(clone) == "refused", 15)
        if self.watcher.incarnation("n2") != before or self.watcher.state("n2") != "ready":
            raise Failed("the clone changed what the first had")
        self.say(f"refused after {took:.1f} s")
        first.kill()
        took = self.watcher.until(
            "the clone is the node", lambda: self.watcher.incarnation("n2") == before + 1
            and self.watcher.state("n2") == "ready", 3 * self.lease + SLACK)
        self.say(f"heir {took:.1f} s after the first was killed")
        first.start()
        self.watcher.until("the first refused", lambda: self.phase(first) == "refused", 15)
        if clone.stop() != 0:
            raise Failed("the clone did not end well")
        self.all_ready(3 * self.lease + SLACK)

    def ordered(self):
        """an operator drains a node, and takes that back; or its own host does"""
        order = {"action": "drain", "by": "drill", "reason": "maintenance",
                 "sinceUnixSeconds": int(time.time())}
        key = "/martlet/v1/lab/orders/n3"
        self.cluster.control.etcdctl("put", key, json.dumps(order))
        took = self.watcher.until_states(SLACK, n3="drained")
        self.cluster.control.etcdctl("del", key)
        self.all_ready(SLACK)
        self.say(f"drained after {took:.1f} s")
        self.cluster.control.etcdctl("put", key, json.dumps(order))
        self.watcher.until_states(SLACK, n3="drained")
        if self.agents["n3"].post("/v1/resume") != 202:
            raise Failed("the agent took no order to resume")
        self.all_ready(SLACK)
        self.say("resumed by its own host")

    def healed(self):
        """keys that somebody deletes or changes come back"""
        for arguments in (["del", "/martlet/v1/lab/nodes/n4/record"],
                          ["put", "/martlet/v1/lab/nodes/n4/record", "{}"],
                          ["del", "/martlet/v1/lab/nodes/n4/live"],
                          ["del", "--prefix", "/martlet/v1/lab/nodes/n4/"]):
            before = self.healings("n4")
            self.cluster.control.etcdctl(*arguments)
            took = self.watcher.until(
                f"n4 back after {arguments[0]} {arguments[-1]}",
                lambda: self.healings("n4") > before and self.watcher.state("n4") == "ready",
                SLACK)
            self.say(f"{' '.join(arguments[:1] + arguments[-1:])}: {took:.1f} s")

    def healings(self, name):
        counters = self.agents[name].status()["counters"]
        return counters["heals"] + counters["registrations"]

    def vanished_together(self):
        """three of five at once: nothing is believed until they are back"""
        gone = ["n3", "n4", "n5"]
        since = self.watcher.now()
        for name in gone:
            self.agents[name].kill()
        took = self.watcher.until(
            "a freeze", lambda: all(self.watcher.state(n) == "unknown" for n in gone),
            self.lost_within)
        time.sleep(self.grace + 2)
        for name in gone:
            if "lost" in self.watcher.seen(name, since):
                raise Failed(f"{name} was called lost though three vanished together")
            self.agents[name].start()
        self.all_ready(self.lease + SLACK)
        self.watcher.until(
            "the freeze gone",
            lambda: not self.cluster.control.etcdctl("get", "/martlet/v1/lab/freeze"), SLACK)
        self.say(f"frozen after {took:.1f} s, and thawed")

    def departed(self):
        """SIGTERM: a tombstone at once, and its slots are gone"""
        if self.agents["n5"].stop() != 0:
            raise Failed("the agent did not end well")
        took = self.watcher.until_states(SLACK, n5="left")
        self.agents["n5"].start()
        self.all_ready(SLACK)
        self.say(f"left after {took:.1f} s")

    def controller_killed(self):
        """kill -9 of the control plane for longer than a lease"""
        since = self.watcher.now()
        self.cluster.control.kill(self.agents)
        others = [name for name in NODES[1:]]
        wait_for("all say that it does not answer",
                 lambda: not any(self.agents[n].status()["controlPlane"]["isReachable"]
                                 for n in others), self.lease + SLACK)
        time.sleep(self.lease + 2)
        self.cluster.control.restart(self.agents)
        took = self.all_ready(self.cluster.retry_limit + self.lease + 2 * SLACK)
        for name in NODES:
            if "lost" in self.watcher.seen(name, since):
                raise Failed(f"{name} was called lost while the control plane was away")
        self.say(f"all ready {took:.1f} s after it was back")

    def disk_full(self):
        """a full disk: nothing is lost, nothing new is taken, and all heals with room"""
        self.cluster.control.fill()
        since = self.watcher.now()
        self.agents["n5"].kill()
        self.agents["n5"].start()
        self.watcher.until(
            "n5 cannot register",
            lambda: self.phase(self.agents["n5"]) == "registering"
            and self.agents["n5"].status()["counters"]["controlPlaneErrors"] > 0,
            self.lease + 2 * SLACK)
        # Renewals write nothing.
        time.sleep(self.lease + 1)
        for name in NODES[:4]:
            states = self.watcher.seen(name, since)
            if any(state != "ready" for state in states):
                raise Failed(f"{name} was {states} because the disk was full")
        self.cluster.control.empty()
        took = self.all_ready(self.cluster.retry_limit + self.lease + 2 * SLACK)
        self.say(f"all ready {took:.1f} s after there was room")

    # Parts of drills.

    def lose(self, name, break_it, mend_it, grows=False, meanwhile=None):
        """Suspect, then lost, then ready; the others stay ready all the while."""
        before, since = self.watcher.incarnation(name), self.watcher.now()
        break_it()
        suspect = self.watcher.until(
            f"{name} suspect", lambda: self.watcher.state(name) in ("suspect", "lost"),
            self.suspect_within)
        lost = suspect + self.watcher.until_states(self.lost_within, **{name: "lost"})
        if lost < self.grace:
            raise Failed(f"{name} was lost after {lost:.1f} s, before the grace had passed")
        if meanwhile:
            meanwhile()
        mend_it()
        back = self.all_ready(self.cluster.retry_limit + self.lease + SLACK)
        for other in NODES:
            if other != name and set(self.watcher.seen(other, since)) - {"ready"}:
                raise Failed(f"{other} was {self.watcher.seen(other, since)}")
        after = self.watcher.incarnation(name)
        if after != before + (1 if grows else 0):
            raise Failed(f"{name} went from incarnation {before} to {after}")
        self.say(f"suspect after {suspect:.1f} s, lost after {lost:.1f} s, "
                 f"ready {back:.1f} s after it was mended")

    def all_ready(self, seconds):
        return self.watcher.until_states(seconds, **{name: "ready" for name in NODES})

    @staticmethod
    def phase(agent):
        try:
            return agent.status()["phase"]
        except (OSError, ValueError):
            return None
