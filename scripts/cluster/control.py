"""The control planes that the drills run over: the embedded one, and etcd."""

import os
import subprocess

from .lab import run


class Embedded:
    """Served by the agent of n1 from a small file system of its own, which can be filled."""

    name = "embedded"
    # What the disk holds beside the database, in MiB.
    DISK = 48

    def __init__(self, lab, folder):
        self.lab, self.disk = lab, os.path.join(folder, "disk")
        os.makedirs(self.disk)
        run("mount", "-t", "tmpfs", "-o", f"size={self.DISK}m", "tmpfs", self.disk)

    def settings(self, agent):
        endpoint = f"{self.lab.hosts['n1']}:2379"
        if agent.name == "n1":
            return {
                "controller.enabled": "true", "controller.listen": endpoint,
                "controller.directory": os.path.join(self.disk, "store"),
                "controller.allowsPlaintextBeyondLoopback": "true",
                "controlPlane.endpoints": f"http://{endpoint}"}
        return {"controlPlane.endpoints": f"http://{endpoint}"}

    def start(self):
        """It comes with n1."""

    def kill(self, agents):
        agents["n1"].kill()

    def restart(self, agents):
        agents["n1"].start()

    def etcdctl(self, *arguments):
        return etcdctl(self.lab, [f"--endpoints=http://{self.lab.hosts['n1']}:2379"], arguments)

    def fill(self):
        with open(os.path.join(self.disk, "ballast"), "wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass

    def empty(self):
        os.unlink(os.path.join(self.disk, "ballast"))

    def end(self):
        run("umount", self.disk, check=False)


class Etcd:
    """Debian's, on the switch's own host, over TLS with client certificates."""

    name = "etcd"

    def __init__(self, lab, folder):
        self.lab, self.folder, self.process = lab, os.path.join(folder, "etcd"), None
        os.makedirs(self.folder)
        self._authority()
        self._certificate("server", f"IP:{lab.hosts['hub']},IP:127.0.0.1")
        self._certificate("operator")

    def settings(self, agent):
        if not os.path.exists(self._path(f"{agent.node}.pem")):
            self._certificate(agent.node)
        return {
            "controlPlane.endpoints": self.endpoint,
            "controlPlane.certificateFile": self._path(f"{agent.node}.pem"),
            "controlPlane.keyFile": self._path(f"{agent.node}.key"),
            "controlPlane.authorityFile": self._path("authority.pem")}

    @property
    def endpoint(self):
        return f"https://{self.lab.hosts['hub']}:2379"

    def start(self):
        with open(self._path("log"), "a") as log:
            self.process = subprocess.Popen(
                self.lab.inside(
                    "hub", "etcd", "--data-dir", self._path("data"), "--name", "lab",
                    "--listen-client-urls", f"{self.endpoint},https://127.0.0.1:2379",
                    "--advertise-client-urls", self.endpoint,
                    "--listen-peer-urls", "http://127.0.0.1:2380",
                    "--initial-advertise-peer-urls", "http://127.0.0.1:2380",
                    "--initial-cluster", "lab=http://127.0.0.1:2380",
                    "--cert-file", self._path("server.pem"),
                    "--key-file", self._path("server.key"),
                    "--client-cert-auth", "--trusted-ca-file", self._path("authority.pem")),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self, _):
        self.process.kill()
        self.process.wait()

    def restart(self, _):
        self.start()

    def etcdctl(self, *arguments):
        return etcdctl(
            self.lab, [
                f"--endpoints={self.endpoint}", "--cacert", self._path("authority.pem"),
                "--cert", self._path("operator.pem"), "--key", self._path("operator.key")],
            arguments)

    def end(self):
        if self.process and self.process.poll() is None:
            self.kill(None)

    def _authority(self):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=lab authority",
            "-keyout", self._path("authority.key"), "-out", self._path("authority.pem"))

    def _certificate(self, name, alternative=None):
        request, extensions = self._path(f"{name}.csr"), self._path(f"{name}.ext")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", f"/CN={name}", "-keyout", self._path(f"{name}.key"), "-out", request)
        with open(extensions, "w") as file:
            file.write("extendedKeyUsage=serverAuth,clientAuth\n")
            if alternative:
                file.write(f"subjectAltName={alternative}\n")
        run("openssl", "x509", "-req", "-in", request, "-days", "2", "-CAcreateserial",
            "-CA", self._path("authority.pem"), "-CAkey", self._path("authority.key"),
            "-extfile", extensions, "-out", self._path(f"{name}.pem"))

    def _path(self, name):
        return os.path.join(self.folder, name)


def etcdctl(lab, options, arguments):
    command = lab.inside("hub", "env", "ETCDCTL_API=3", "etcdctl", *options, *arguments)
    return run(*command).stdout
