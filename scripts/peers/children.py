"""Child processes that never outlive their purpose.

Launchers start helpers and ranks in process groups and sessions of their own, so a group is not
enough to end them: this process makes itself the one that inherits orphans (a child subreaper) and,
after every launch and at exit, ends every descendant that is left. Should it be killed outright,
its direct children are told by SIGTERM, which every launcher here passes on."""

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from peers.model import Command, LaunchFailure

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 1.0
QUOTED_ERROR_LENGTH = 400

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Completed:
    output: str
    error_output: str
    wall_seconds: float


def inherit_orphans() -> None:
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(command: Command, timeout_seconds: float) -> Completed:
    """Runs the command to its end in a bare environment and a temporary directory of its own.

    Raises LaunchFailure when it cannot be started, fails, or takes longer than the time-out. When
    it returns or raises, no process that the command started is left."""
    with tempfile.TemporaryDirectory(prefix="martlet-peers-") as directory:
        start = time.monotonic()
        with open_child(command, directory) as process:
            try:
                output, error_output = process.communicate(timeout=timeout_seconds)
            except subprocess.TimeoutExpired as error:
                raise LaunchFailure(f"it took longer than {timeout_seconds:.0f} s") from error
            finally:
                end_descendants()
        seconds = time.monotonic() - start
    if process.returncode != 0:
        raise LaunchFailure(describe_failure(process.returncode, error_output or output))
    return Completed(output, error_output, seconds)


def open_child(command: Command, directory: str) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command.arguments,
            env=bare_environment(directory) | command.environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    except OSError as error:
        raise LaunchFailure(f"cannot start {command.arguments[0]}: {error.strerror}") from error


def bare_environment(directory: str) -> dict[str, str]:
    """So that no setting of the caller's (OMPI_…, UCX_…, MARTLET_…) takes part in a figure."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "USER") if name in os.environ}
    return kept | {"LC_ALL": "C", "TMPDIR": directory, "PEERS_MEETING_DIRECTORY": directory}


def die_with_parent() -> None:
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def describe_failure(status: int, error_output: str) -> str:
    how = f"exit status {status}" if status >= 0 else f"ended by {signal.Signals(-status).name}"
    words = " ".join(error_output.split())
    if len(words) > QUOTED_ERROR_LENGTH:
        words = words[: QUOTED_ERROR_LENGTH // 2] + " … " + words[-QUOTED_ERROR_LENGTH // 2 :]
    return f"{how}: {words}" if words else how


def end_descendants() -> None:
    """Ends whatever is left below this process: asks first, then kills."""
    deadline = time.monotonic() + GRACE_SECONDS
    send_to_descendants(signal.SIGTERM)
    while reap_and_count() > 0 and time.monotonic() < deadline:
        time.sleep(0.005)
    deadline = time.monotonic() + GRACE_SECONDS
    while reap_and_count() > 0 and time.monotonic() < deadline:
        send_to_descendants(signal.SIGKILL)
        time.sleep(0.005)


def send_to_descendants(number: signal.Signals) -> None:
    for process in descendants(os.getpid()):
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass


def reap_and_count() -> int:
    """Collects what has ended, and counts the descendants that have not."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass
    return len(descendants(os.getpid()))


def descendants(ancestor: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for process, parent in running_processes():
        children.setdefault(parent, []).append(process)
    found, waiting = [], [ancestor]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def running_processes() -> Iterator[tuple[int, int]]:
    """(process, parent) of everything that has not ended."""
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            with open(f"/proc/{name}/stat") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            yield int(name), int(parent)
