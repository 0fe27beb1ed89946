"""What the cluster looks like, and waiting for it to look so."""

import threading
import time

from .agents import SLOTS

KNOWN = {"ready", "suspect", "lost", "draining", "drained", "left", "unknown"}


class Failed(Exception):
    """A drill that did not see what it had to."""


class Watcher:
    """Asks an agent for the nodes again and again, and keeps every state that was ever seen.

    Capacity is checked in every listing: no node that is registered and has not left has another
    number of slots than it should, and only ready ones offer any.
    """

    def __init__(self, ask):
        self.ask = ask
        self.nodes = {}
        # When the last listing was asked for.
        self.asked = 0.0
        self.history = []
        self.violations = []
        self.started = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join()

    def _work(self):
        while not self._stopped.wait(0.1):
            asked = self.now()
            try:
                listing = self.ask()
            except (OSError, ValueError):
                continue
            self._take(listing["nodes"], listing.get("capacity"))
            self.asked = asked

    def _take(self, nodes, capacity):
        moment = time.monotonic() - self.started
        new = {node["nodeId"]: node for node in nodes}
        for name, node in new.items():
            before = self.nodes.get(name, {}).get("state")
            if node["state"] != before:
                self.history.append((moment, name, node["state"], node["reason"]))
            slots = node.get("record", {}).get("slots")
            if slots and slots["total"] != SLOTS:
                self.violations.append(f"{name} has {slots['total']} slots")
            if node["state"] not in KNOWN:
                self.violations.append(f"{name} is {node['state']}")
        if capacity:
            self._check(new, capacity)
        self.nodes = new

    def _check(self, nodes, capacity):
        registered = [n for n in nodes.values() if n["state"] != "left" and n.get("record")]
        ready = [n for n in registered if n["state"] == "ready"]
        if capacity["slotCount"] != SLOTS * len(registered):
            self.violations.append(f"{capacity} for {len(registered)} nodes")
        if capacity["freeSlotCount"] != SLOTS * len(ready):
            self.violations.append(f"{capacity} with {len(ready)} ready")

    def state(self, name):
        return self.nodes.get(name, {}).get("state")

    def incarnation(self, name):
        return self.nodes.get(name, {}).get("incarnation")

    def seen(self, name, since):
        """The states that a node was seen in from a moment on."""
        return [state for moment, node, state, _ in self.history
                if node == name and moment >= since]

    def now(self):
        return time.monotonic() - self.started

    def until(self, what, condition, seconds):
        """Waits, at most so long, and answers how long it took."""
        begin = time.monotonic()
        moment = self.now()
        while time.monotonic() - begin < seconds:
            # What was listed before says nothing.
            if self.asked >= moment and condition():
                return time.monotonic() - begin
            time.sleep(0.05)
        states = {name: node["state"] for name, node in sorted(self.nodes.items())}
        raise Failed(f"not within {seconds} s: {what}; the nodes are {states}")

    def until_states(self, seconds, **states):
        text = ", ".join(f"{name} {state}" for name, state in states.items())
        return self.until(
            text, lambda: all(self.state(n) == s for n, s in states.items()), seconds)
