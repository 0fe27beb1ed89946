"""Agents as processes, and what they say."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import uuid

SLOTS = 8


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("agent", timeout=5)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Agent:
    """An agent on a host of the lab. `node` is its id; a clone has another's."""

    def __init__(self, lab, binary, folder, name, times, control, node=None):
        self.lab, self.binary, self.name = lab, binary, name
        self.node = node or name
        self.folder = os.path.join(folder, name)
        self.times, self.control = times, control
        self.process = None
        os.makedirs(self.folder)
        self.new_boot()

    def new_boot(self):
        with open(self._path("boot-id"), "w") as file:
            file.write(f"{uuid.uuid4()}\n")

    def copy_disk(self, other):
        """What cloning a machine copies: all the agent keeps, but not the boot."""
        shutil.copytree(other._path("state"), self._path("state"), dirs_exist_ok=True)

    def start(self):
        settings = {
            "nodeId": self.node, "stateDirectory": self._path("state"),
            "api.socket": self.socket, "inventory.slots": SLOTS, "cluster": "lab",
            "log.format": "json", **self.times, **self.control.settings(self)}
        command = [self.binary, "agent", "--config", os.devnull]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        environment = dict(os.environ, MARTLET_TEST_BOOT_ID_FILE=self._path("boot-id"))
        with open(self._path("log"), "a") as log:
            self.process = subprocess.Popen(
                self.lab.inside(self.name, *command), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=environment)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Lets it leave; answers its exit status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def end(self):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.kill()

    @property
    def socket(self):
        return self._path("agent.sock")

    def get(self, path):
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise OSError(f"{path}: {answer.status} {body[:200]!r}")
            return json.loads(body)
        finally:
            connection.close()

    def post(self, path):
        """The status of the answer."""
        connection = UnixConnection(self.socket)
        try:
            connection.request("POST", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def status(self):
        return self.get("/v1/status")

    def events(self):
        with open(self._path("log")) as file:
            lines = file.readlines()
        found = []
        for line in lines:
            try:
                found.append(json.loads(line).get("event"))
            except ValueError:
                found.append(None)
        return found

    def _path(self, name):
        return os.path.join(self.folder, name)
