"""Getting the peers: Debian packages, throw-away Python environments, and compiled programs.

Packages go to the system (apt-get, as root only, and only after consent); everything else goes
below one cache folder, which may be deleted at any time."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from peers.model import Unavailable

PROGRAMS = Path(__file__).resolve().parent / "programs"
APT_LOCK_SECONDS = 120
INSTALL_TIMEOUT_SECONDS = 1200
COMPILE_TIMEOUT_SECONDS = 180


def cache_directory() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "martlet-peers"


class Kit:
    """The means of installation, and the leave to use them."""

    def __init__(self, cache: Path, may_install: bool) -> None:
        self.cache = cache
        self.may_install = may_install

    def need_tools(self, tools: Sequence[str], packages: Sequence[str]) -> None:
        """Makes sure that the tools (commands or files) are there, from Debian's packages."""
        missing = [tool for tool in tools if not is_there(tool)]
        if not missing:
            return
        by_hand = f"as root: apt-get install {' '.join(packages)}"
        if not self.may_install:
            raise Unavailable(f"{' and '.join(missing)} not found; {by_hand}")
        if shutil.which("apt-get") is None:
            raise Unavailable(f"{' and '.join(missing)} not found, and there is no apt-get here")
        if os.geteuid() != 0:
            raise Unavailable(f"{' and '.join(missing)} not found; {by_hand}")
        say(f"installing {' '.join(packages)} from Debian")
        install_debian_packages(packages)
        still_missing = [tool for tool in missing if not is_there(tool)]
        if still_missing:
            raise Unavailable(f"{' and '.join(still_missing)} not found even after {by_hand}")

    def python_environment(self, name: str, attempts: Sequence[Sequence[str]]) -> Path:
        """An environment with what the first successful attempt of pip's arguments installs."""
        environment = self.cache / name
        finished = environment / ".finished"
        if finished.exists():
            return environment
        if not self.may_install:
            raise Unavailable("not installed yet, and installing was not allowed")
        self.need_module("ensurepip", "python3-venv")
        shutil.rmtree(environment, ignore_errors=True)
        say(f"installing {' '.join(attempts[0])} from PyPI into {environment}")
        call([sys.executable, "-m", "venv", str(environment)], "making a Python environment")
        self.install_first(environment, attempts)
        finished.touch()
        return environment

    def install_first(self, environment: Path, attempts: Sequence[Sequence[str]]) -> None:
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        for number, attempt in enumerate(attempts, start=1):
            try:
                call([*pip, *attempt], f"pip install {' '.join(attempt)}")
                return
            except Unavailable:
                if number == len(attempts):
                    shutil.rmtree(environment, ignore_errors=True)
                    raise

    def need_module(self, module: str, package: str) -> None:
        probe = [sys.executable, "-c", f"import {module}"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return
        if os.geteuid() != 0 or not self.may_install or shutil.which("apt-get") is None:
            raise Unavailable(f"Python's {module} is missing; as root: apt-get install {package}")
        install_debian_packages([package])

    def compile(
        self,
        name: str,
        compiler: Sequence[str],
        source: str,
        libraries: Sequence[str],
        environment: dict[str, str] | None = None,
    ) -> Path:
        """The program built from `programs/source`, again only when anything in it changed."""
        arguments = [*compiler, str(PROGRAMS / source)]
        key = hashlib.sha256(repr((arguments, libraries)).encode())
        for file in sorted(PROGRAMS.iterdir()):
            if file.is_file():
                key.update(file.read_bytes())
        program = self.cache / "programs" / f"{name}-{key.hexdigest()[:16]}"
        if program.exists():
            return program
        program.parent.mkdir(parents=True, exist_ok=True)
        unfinished = program.with_name(f"{program.name}.{os.getpid()}")
        call(
            [*arguments, "-o", str(unfinished), *libraries],
            f"compiling {source}",
            COMPILE_TIMEOUT_SECONDS,
            environment,
        )
        unfinished.rename(program)
        return program


def is_there(tool: str) -> bool:
    return Path(tool).exists() if "/" in tool else shutil.which(tool) is not None


def install_debian_packages(packages: Sequence[str]) -> None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    lock = f"-oDPkg::Lock::Timeout={APT_LOCK_SECONDS}"
    call(["apt-get", lock, "-qq", "update"], "apt-get update", environment=quiet)
    call(
        ["apt-get", lock, "-qq", "install", "--no-install-recommends", "-y", *packages],
        f"apt-get install {' '.join(packages)}",
        environment=quiet,
    )


def call(
    arguments: Sequence[str],
    what: str,
    timeout_seconds: float = INSTALL_TIMEOUT_SECONDS,
    environment: dict[str, str] | None = None,
) -> None:
    """Runs an installing command; its failure is a reason why a contender is missing."""
    try:
        result = subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout_seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{what} took longer than {timeout_seconds:.0f} s") from error
    except OSError as error:
        raise Unavailable(f"{what}: {error.strerror}") from error
    if result.returncode != 0:
        words = " ".join((result.stderr or result.stdout).split())
        raise Unavailable(f"{what} failed: {words[-300:]}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
