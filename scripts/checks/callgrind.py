"""Reads what callgrind counted: calls of functions, and instructions by address.

The format is https://valgrind.org/docs/manual/cl-format.html: names are given once with a number
and repeated as the number alone, positions may be relative to the last, and the line after
`calls=` is the cost of the callee. Written with --dump-instr=yes: the debug information of the
Swift compiler is newer than valgrind can read, so lines come from llvm-symbolizer.
"""

import json
import re
import subprocess
from collections import Counter

NAME = re.compile(r"^(fl|fi|fe|fn|cfi|cfl|cfn|ob|cob)=\((\d+)\)(?: (.*))?$")


class Counts:
    """What runs counted; counts can be added and subtracted."""

    def __init__(self):
        # How often each function was entered: how often its first instruction was executed.
        self.entries = Counter()
        # Instructions below a call, by (caller, callee). Callgrind's own numbers of calls include
        # those that were made while nothing was collected.
        self.edges = Counter()
        # Instructions by (object file, address), and by function, callees not included.
        self.addresses = Counter()
        self.functions = Counter()

    def add(self, other, factor=1):
        for mine, theirs in zip(self._counters(), other._counters()):
            for key, count in theirs.items():
                mine[key] += factor * count
        return self

    def _counters(self):
        return self.entries, self.edges, self.addresses, self.functions

    @property
    def total(self):
        return sum(self.functions.values())


def read(path):
    """The counts of one file of callgrind's."""
    counts, names, firsts = Counts(), {}, {}
    place, function, callee, address, is_call_cost = "?", "?", "?", 0, False
    with open(path, encoding="utf-8", errors="replace") as file:
        for text in file:
            text = text.rstrip("\n")
            if match := NAME.match(text):
                kind, number, name = match.groups()
                table = names.setdefault(kind[-2:], {})
                name = table.setdefault(number, name)
                if kind == "ob":
                    place = name
                elif kind == "fn":
                    function = name
                elif kind == "cfn":
                    callee = name
            elif text.startswith("calls="):
                is_call_cost = True
            elif text and text[0] in "0123456789+-*":
                position, _, cost = text.split()
                address = moved(address, position)
                if is_call_cost:
                    counts.edges[function, callee] += int(cost)
                else:
                    counts.addresses[place, address] += int(cost)
                    counts.functions[function] += int(cost)
                    first = firsts.setdefault(function, (place, address))
                    firsts[function] = min(first, (place, address))
                is_call_cost = False
    counts.entries.update({name: counts.addresses[first] for name, first in firsts.items()})
    return counts


def moved(address, position):
    if position == "*":
        return address
    if position[0] in "+-":
        return address + int(position[0] + position[1:].removeprefix("0x"), 16)
    return int(position, 16)


def inlined_functions(program, addresses):
    """For each address the names of the functions it belongs to, the innermost first: what the
    compiler inlined counts for the function that it was written in."""
    command = ["llvm-symbolizer", f"--obj={program}", "--inlines", "--no-demangle",
               "--output-style=JSON"]
    output = subprocess.run(
        command, input="".join(f"{address:#x}\n" for address in addresses), check=True,
        capture_output=True, text=True).stdout
    return {
        int(entry["Address"], 16): [frame["FunctionName"] for frame in entry.get("Symbol", [])]
        for entry in map(json.loads, output.splitlines())
    }


def demangle(names):
    """Names as people write them, by the mangled ones."""
    names = [name for name in names if name]
    output = subprocess.run(
        ["swift", "demangle", "--compact", "--simplified"], input="\n".join(names), check=True,
        capture_output=True, text=True).stdout
    return dict(zip(names, output.splitlines()))
