import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from peers import children
from peers.model import Command, LaunchFailure

SCRIPTS = Path(__file__).resolve().parents[2]
# Starts a process that leaves its parent, its group and its session, and outlives them all.
STRAYING = (
    "import os, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        null = os.open('/dev/null', os.O_RDWR)\n"
    "        for number in (0, 1, 2): os.dup2(null, number)\n"
    "        time.sleep(600)\n"
    "    os._exit(0)\n"
    "os.wait()\n"
)


def python(program: str) -> Command:
    return Command((sys.executable, "-c", program))


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


class ChildrenTests(unittest.TestCase):
    def setUp(self) -> None:
        children.inherit_orphans()

    def test_output_comes_back_and_the_environment_is_bare(self) -> None:
        os.environ["OMPI_MCA_btl"] = "self"
        self.addCleanup(os.environ.pop, "OMPI_MCA_btl")
        program = "import os; print(os.environ.get('OMPI_MCA_btl'), os.environ['GIVEN'])"
        command = Command((sys.executable, "-c", program), {"GIVEN": "yes"})
        self.assertEqual(children.run(command, 30).output, "None yes\n")

    def test_a_failure_quotes_what_was_said(self) -> None:
        with self.assertRaisesRegex(LaunchFailure, "exit status 3: no such luck"):
            children.run(python("import sys; sys.stderr.write('no such luck'); sys.exit(3)"), 30)

    def test_a_signal_is_named(self) -> None:
        with self.assertRaisesRegex(LaunchFailure, "SIGABRT"):
            children.run(python("import os; os.abort()"), 30)

    def test_a_missing_program_is_a_failure_not_a_crash(self) -> None:
        with self.assertRaisesRegex(LaunchFailure, "cannot start /nowhere"):
            children.run(Command(("/nowhere",)), 30)

    def test_a_time_out_ends_even_who_ignores_the_asking(self) -> None:
        stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
        start = time.monotonic()
        with self.assertRaisesRegex(LaunchFailure, "longer than 1 s"):
            children.run(python(stubborn), 1)
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(children.descendants(os.getpid()), [])

    def test_a_process_that_left_its_session_is_ended_too(self) -> None:
        children.run(python(STRAYING), 30)
        self.assertEqual(children.descendants(os.getpid()), [])

    def test_the_temporary_directory_is_gone_afterwards(self) -> None:
        program = "import os; open('left-behind', 'w').close(); print(os.environ['TMPDIR'])"
        directory = children.run(python(program), 30).output.strip()
        self.assertFalse(Path(directory).exists())


class InterruptionTests(unittest.TestCase):
    def harness(self) -> subprocess.Popen[str]:
        """A process that runs a child as the command does, and prints the child's identity."""
        program = textwrap.dedent("""
            import sys
            from peers import children, command
            import signal
            signal.signal(signal.SIGTERM, command.stop)
            children.inherit_orphans()
            child = (
                "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid()));"
                "time.sleep(600)"
            )
            children.run(children.Command((sys.executable, "-c", child, sys.argv[1])), 600)
        """)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.note = Path(directory.name) / "child"
        return subprocess.Popen(
            [sys.executable, "-c", program, str(self.note)],
            text=True,
            env=os.environ | {"PYTHONPATH": str(SCRIPTS), "TMPDIR": directory.name},
        )

    def child_of(self, harness: subprocess.Popen[str]) -> int:
        self.assertTrue(wait_until(lambda: self.note.exists() and self.note.read_text() != ""))
        self.assertIsNone(harness.poll())
        return int(self.note.read_text())

    def test_being_asked_to_stop_ends_the_child_first(self) -> None:
        harness = self.harness()
        child = self.child_of(harness)
        harness.terminate()
        self.assertEqual(harness.wait(20), 128 + signal.SIGTERM)
        self.assertFalse(Path(f"/proc/{child}").exists())

    def test_being_killed_outright_takes_the_child_along(self) -> None:
        harness = self.harness()
        child = self.child_of(harness)
        harness.kill()
        harness.wait(20)
        self.assertTrue(wait_until(lambda: child not in dict(children.running_processes())))


if __name__ == "__main__":
    unittest.main()
