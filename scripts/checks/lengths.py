"""Prints files of more than 600 lines and functions of more than 60, but for generated ones."""

import re
import subprocess

FILE_LIMIT = 600
FUNCTION_LIMIT = 60
GENERATED = (".pb.swift", ".grpc.swift")
FUNCTION = re.compile(r"^(\s*)(?:@\w+(?:\([^)]*\))? )*(?:[a-z]+(?:\(\w+\))? )*(?:func |init[?(<]|deinit\b)")


def tracked(*patterns):
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def long_functions(lines):
    """A function ends at the first closing brace with the indentation of its first line."""
    for start, line in enumerate(lines):
        match = FUNCTION.match(line)
        if not match or line.rstrip().endswith("}"):
            continue
        end = match[1] + "}"
        for length, later in enumerate(lines[start + 1:], start=2):
            if later.rstrip() == end:
                if length > FUNCTION_LIMIT:
                    yield start + 1, length
                break
            # A declaration without a body, as in a protocol, ends with its scope.
            if later.strip() and not later.startswith(match[1]):
                break


def main():
    for path in tracked("*.swift", "*.c", "*.h", "*.cc", "*.py", "scripts"):
        if path.endswith(GENERATED):
            continue
        with open(path, encoding="utf-8") as file:
            lines = file.readlines()
        if len(lines) > FILE_LIMIT:
            print(f"{path}: {len(lines)} lines, more than {FILE_LIMIT}")
        if path.endswith(".swift"):
            for line, length in long_functions(lines):
                print(f"{path}:{line}: a function of {length} lines, more than {FUNCTION_LIMIT}")


main()
