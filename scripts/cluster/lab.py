"""A switch and hosts on it, as network namespaces of this machine."""

import os
import subprocess


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done


class Lab:
    """Namespaces and interfaces bear this process's number; leaving takes all of them away."""

    def __init__(self):
        self.tag = f"mc{os.getpid()}"
        self.hub = f"{self.tag}-hub"
        self.hosts = {}

    def __enter__(self):
        run("ip", "netns", "add", self.hub)
        self.hosts["hub"] = "10.78.0.1"
        self._in(self.hub, "ip", "link", "add", "br0", "type", "bridge")
        self._in(self.hub, "ip", "address", "add", "10.78.0.1/24", "dev", "br0")
        for device in ("lo", "br0"):
            self._in(self.hub, "ip", "link", "set", device, "up")
        return self

    def __exit__(self, *_):
        for name in [*self.hosts, "hub"]:
            run("ip", "netns", "delete", self.namespace(name), check=False)

    def add(self, name):
        """A host with an address of its own, and the way to all others."""
        number = 10 + len(self.hosts)
        space, port = self.namespace(name), f"p{number}"
        run("ip", "netns", "add", space)
        self.hosts[name] = f"10.78.0.{number}"
        self._in(self.hub, "ip", "link", "add", port, "type", "veth",
                 "peer", "name", "eth0", "netns", space)
        self._in(self.hub, "ip", "link", "set", port, "master", "br0", "up")
        self._in(space, "ip", "address", "add", f"{self.hosts[name]}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            self._in(space, "ip", "link", "set", device, "up")

    def namespace(self, name):
        return f"{self.tag}-{name}"

    def cut(self, name):
        """Nothing reaches the host, and nothing comes from it; it is not told."""
        self._in(self.hub, "ip", "link", "set", self._port(name), "nomaster")

    def mend(self, name):
        self._in(self.hub, "ip", "link", "set", self._port(name), "master", "br0")

    def inside(self, name, *command):
        return ["ip", "netns", "exec", self.namespace(name), *command]

    def _port(self, name):
        return f"p{self.hosts[name].rsplit('.', 1)[1]}"

    @staticmethod
    def _in(space, *command):
        run("ip", "netns", "exec", space, *command)
