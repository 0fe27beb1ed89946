"""Counts what a repeated all-reduce of 8 bytes executes, by callgrind, and prints findings: calls
that allocate or count references, and a header that costs more than its share.

Usage: hot_costs.py PROGRAM WORK_FOLDER
Runs the program's bench twice, the second time with twice as many operations, and looks at the
difference: what happens once, at the first call, is in both. Two ranks take turns on one core, so
that they wait by yielding and not by spinning, and the counts hardly depend on timing.
"""

import os
import pathlib
import re
import subprocess
import sys
from collections import Counter

import callgrind

RANKS = 2
OPERATIONS = 1000
# The share of the header in an operation's instructions, at most.
HEADER_LIMIT = 0.05
TIMEOUT_SECONDS = 300
# What is counted happens inside of this function of the bench, which repeats one call.
ROOT = "*11BenchRunnerV10repeatCall*"

FORBIDDEN = re.compile(
    r"^(_?swift_(retain|release|allocObject|slowAlloc|beginAccess|bridgeObjectRetain|"
    r"bridgeObjectRelease|initStackObject|dynamicCast)\w*|malloc|calloc|realloc|memalign|"
    r"posix_memalign|aligned_alloc)$")

# Where a header is made, noted, sent, read and compared.
HEADER = re.compile(
    r"OperationHeader|HeaderWords|CommunicatorStatus\.enter|Executor\.(adopt|readHeader|"
    r"readExpectedHeader|expectedHeader|headerBytes|creditHeader|mayRunAhead|mayGrant)\b")
# What a link does for a header alone: lends it and takes it back.
LINK = re.compile(r"closure #([45]) in .*TCPLinkState\.operations")


def strip(program, folder):
    """A copy without debug information, which valgrind 3.19 cannot read."""
    stripped = folder / "stripped"
    subprocess.run(["objcopy", "--strip-debug", program, stripped], check=True)
    return stripped


def count(program, operations, folder):
    for old in folder.glob("callgrind.*"):
        old.unlink()
    command = [
        "taskset", "-c", "0", "valgrind", "--tool=callgrind", "--dump-instr=yes",
        # Relative positions would also count from the targets of calls.
        "--compress-pos=no", "--separate-threads=yes", f"--toggle-collect={ROOT}", f"--callgrind-out-file={folder}/callgrind.%p",
        program, "bench", "all-reduce", "-b", "8", "-e", "8", "-n", str(operations), "-w", "10",
        "-c", "0", "--in-place-only", "--transport", "tcp",
    ]
    # Not by `martlet launch`: valgrind knows too few system calls for a launcher.
    ranks = [start(rank, command, folder) for rank in range(RANKS)]
    try:
        outputs = [rank.communicate(timeout=TIMEOUT_SECONDS)[0] for rank in ranks]
    finally:
        for rank in ranks:
            rank.kill()
    if any(rank.returncode != 0 for rank in ranks):
        sys.exit("the bench failed under callgrind:\n" + "".join(outputs))
    counts = callgrind.Counts()
    # The first thread's alone: the service thread may speak meanwhile, and allocates as it likes.
    for path in folder.glob("callgrind.*-01"):
        counts.add(callgrind.read(path))
    return counts


def start(rank, command, folder):
    environment = os.environ | {
        "RANK": str(rank), "WORLD_SIZE": str(RANKS), "MARTLET_JOB": "hot-costs",
        # The same programs in every run, whatever was measured at join.
        "MARTLET_ALGORITHM": "direct",
        # Dictionaries that are filled at the first call take the same steps in every run.
        "SWIFT_DETERMINISTIC_HASHING": "1",
        "MARTLET_MEETING": f"file:{folder}/meeting", "MARTLET_TIMEOUT_SECONDS": "120"}
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env=environment)


def header_instructions(difference, program, stripped, operations):
    """Instructions per operation that only the header needs.

    Waiting reads the link again and again, with or without a header: so what is there to be
    executed once per operation counts once.
    """
    addresses = [address for (place, address) in difference.addresses if place == str(stripped)]
    inlined = callgrind.inlined_functions(program, addresses)
    names = callgrind.demangle({name for stack in inlined.values() for name in stack})
    stacks = {address: [names[name] for name in stack if name]
              for address, stack in inlined.items()}
    shares = Counter()
    for address in addresses:
        found = next((name for name in stacks.get(address, []) if HEADER.search(name)), None)
        if found:
            executed = min(difference.addresses[str(stripped), address], operations)
            shares[found] += executed / operations
    functions = callgrind.demangle(difference.functions)
    for raw, name in functions.items():
        if LINK.search(name) and (calls := difference.entries[raw]) > 0:
            shares[name] += difference.functions[raw] / calls
    return shares


def callers(difference, function):
    edges = {caller: cost for (caller, callee), cost in difference.edges.items()
             if callee == function and cost}
    return sorted(callgrind.demangle(edges).values())


def main():
    program, folder = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    folder.mkdir(parents=True, exist_ok=True)
    stripped = strip(program, folder)
    once, twice = (count(stripped, factor * OPERATIONS, folder) for factor in (1, 2))
    difference = twice.add(once, -1)
    operations = RANKS * OPERATIONS
    if difference.total < 100 * operations:
        print(f"nothing was counted: is there still a function {ROOT}?")
        return
    forbidden = {name: calls for name, calls in difference.entries.items()
                 if FORBIDDEN.match(name) and calls}
    for name, calls in sorted(forbidden.items()):
        print(f"{name} is called {calls / operations:g} times per operation, by"
              f" {', '.join(callers(difference, name))}")
    total = difference.total / operations
    shares = header_instructions(difference, program, stripped, operations)
    header = sum(shares.values())
    say = print if header > HEADER_LIMIT * total or not shares else note
    say(f"the header takes {header:.0f} of {total:.0f} instructions per operation:"
        f" {100 * header / total:.1f} %, at most {100 * HEADER_LIMIT:.0f} % are allowed")
    for name, share in shares.most_common():
        say(f"    {share:6.1f} {name}")
    note(f"{len(forbidden)} kinds of calls that allocate or count references")


def note(text):
    """What is no finding."""
    print(text, file=sys.stderr)


main()
