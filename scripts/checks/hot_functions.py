"""Disassembles the hot functions of a release build and prints every call in them that counts
references, allocates or checks exclusive access, with its source line.

Usage: hot_functions.py BUILD_FOLDER
A hot function that is no longer found is a finding too: it was renamed, or inlined into another
one that the list below should name instead.
"""

import fnmatch
import pathlib
import re
import subprocess
import sys

# Object file (module/source), then the functions in it, as swift-demangle's short form has them.
HOT = {
    "Collectives/Executor+Begin": ["Executor.begin(*"],
    "Collectives/Executor+Poll": ["Executor.poll()", "Executor.send(*", "Executor.mayRunAhead(*"],
    "Collectives/Executor+Receive": [
        # With readExpectedHeader, which is always inlined.
        "Executor.receive(*",
        "Executor.reduce(*", "Executor.receiveInPlace(*", "Executor.leaveLane(*",
        "Executor.copy(*",
    ],
    "Collectives/Executor+Headers": ["Executor.readHeader(*"],
    "Collectives/Executor+Exchange": ["Executor.unfold()"],
    # With Communicator.run, which is inlined.
    "Collectives/Communicator+Raw": ["Communicator.*(input:*", "Communicator.barrier(*"],
    # Those that answer a new array have to allocate it.
    "Collectives/Communicator+Typed": ["Communicator.allReduce<*", "Communicator.broadcast<*"],
    "Collectives/Call": ["Call.init(_:*", "Call.binding(*"],
    "Collectives/Engine+Run": [
        "Engine.run(*", "Engine.begin(*", "Engine.program(*", "Engine.isAdmitted()",
    ],
    # With Sequencer.step, which is always inlined.
    "Collectives/Engine+Wait": ["Engine.drive()"],
    # With HandleTable.with, which is inlined. What stands apart from it is the end of a handle's
    # last use, which may release the object.
    "MartletC/Collectives": ["martlet_*"],
    "MartletC/Arguments": ["Arguments.call(*", "Arguments.byteCount(*"],
    "TCPTransport/TCPLinkState": ["*closure #? in *TCPLinkState.operations", "TCPLinkState.fill(*"],
    # With the ends of segments, CellSender and CellReceiver.
    "SharedMemoryTransport/SharedMemoryLinkState": [
        "*closure #? in *SharedMemoryLinkState.operations",
    ],
    "SharedMemoryTransport/CellSender": ["CellSender.*"],
    "SharedMemoryTransport/CellReceiver": ["CellReceiver.*"],
    "Liveness/CommunicatorStatus": [
        "CommunicatorStatus.enter(*", "CommunicatorStatus.complete(*",
        "CommunicatorStatus.isAborted.getter", "CommunicatorStatus.lastPossibleSequence.getter",
    ],
}

FORBIDDEN = re.compile(
    r"^(swift_(retain|release|allocObject|slowAlloc|beginAccess|bridgeObjectRetain|"
    r"unknownObjectRetain|initStackObject|dynamicCast)\w*|malloc|calloc|realloc|posix_memalign)$")
SYMBOL = re.compile(r"^[0-9a-f]+ <(.+)>:$")
CALL = re.compile(r"R_\w+\s+(\S+?)(?:@\w+)?(?:[-+]0x[0-9a-f]+)?$")
LINE = re.compile(r"^(/\S+\.(?:swift|c|h)):(\d+)")


def demangle(names):
    if not names:
        return {}
    command = ["swift", "demangle", "--compact", "--simplified", *names]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(zip(names, output.splitlines()))


def disassemble(path):
    """Lists of (source line, called symbol) by function."""
    command = ["objdump", "-drl", "--no-show-raw-insn", str(path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    calls, function, place = {}, None, "?"
    for line in output.splitlines():
        if match := SYMBOL.match(line):
            function, place = match[1], "?"
            calls[function] = []
        elif match := LINE.match(line):
            place = f"{pathlib.Path(match[1]).name}:{match[2]}"
        elif function and (match := CALL.search(line)):
            calls[function].append((place, match[1]))
    return calls


def main():
    build = pathlib.Path(sys.argv[1])
    checked = 0
    for source, patterns in HOT.items():
        module, file = source.split("/")
        path = build / f"{module}.build" / f"{file}.swift.o"
        if not path.exists():
            print(f"{source}: not built ({path})")
            continue
        calls = disassemble(path)
        names = demangle(list(calls))
        for pattern in patterns:
            found = [raw for raw, name in names.items() if fnmatch.fnmatchcase(name, pattern)]
            if not found:
                print(f"{source}: there is no function {pattern}")
            for raw in found:
                checked += 1
                for place, callee in calls[raw]:
                    if FORBIDDEN.match(callee):
                        print(f"{names[raw]}: {callee} at {place}")
    print(f"{checked} functions disassembled", file=sys.stderr)


main()
