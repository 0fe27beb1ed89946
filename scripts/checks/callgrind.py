"""Reads what callgrind counted: calls of a function, and instructions of source lines.

The format is https://valgrind.org/docs/manual/cl-format.html: names are given once with a number
and repeated as the number alone, line numbers may be relative to the last, and the line after
`calls=` is the cost of the callee.
"""

import re
from collections import Counter

NAME = re.compile(r"^(fl|fi|fe|fn|cfi|cfl|cfn|ob|cob)=\((\d+)\)(?: (.*))?$")


class Profile:
    """Counts of one run."""

    def __init__(self, path):
        self.calls = Counter()
        # Instructions by (source file, line), the callee's not included.
        self.lines = Counter()
        self.total = 0
        self._names = {"file": {}, "function": {}, "object": {}}
        with open(path, encoding="utf-8", errors="replace") as file:
            self._read(file)

    def _name(self, kind, number, text):
        table = self._names[
            "function" if kind.endswith("fn") else "object" if kind.endswith("ob") else "file"]
        if text:
            table[number] = text
        return table[number]

    def _read(self, file):
        place, callee, line, is_call_cost = "?", None, 0, False
        for text in file:
            text = text.rstrip("\n")
            if match := NAME.match(text):
                name = self._name(*match.groups())
                if match[1] in ("fl", "fi", "fe"):
                    place = name
                elif match[1] == "cfn":
                    callee = name
            elif text.startswith("calls="):
                self.calls[callee] += int(text[6:].split()[0])
                is_call_cost = True
            elif text and text[0] in "0123456789+-*":
                fields = text.split()
                line = self._line(fields[0], line)
                cost = int(fields[1]) if len(fields) > 1 else 0
                if not is_call_cost:
                    self.lines[place, line] += cost
                    self.total += cost
                is_call_cost = False

    @staticmethod
    def _line(text, last):
        if text == "*":
            return last
        return last + int(text) if text[0] in "+-" else int(text)

    def instructions(self, file_suffix, first, last):
        """Instructions of a range of lines, wherever the compiler inlined them."""
        return sum(
            cost for (file, line), cost in self.lines.items()
            if file.endswith(file_suffix) and first <= line <= last)
