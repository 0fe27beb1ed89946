"""Prints links that lead nowhere, commands that do not exist and examples that differ from their
files, in all Markdown documents.

A block fenced as `sh` holds commands a reader can type. A comment `<!-- from: PATH -->` before a
block says that its lines stand, in this order, in that file.
"""

import pathlib
import re
import shlex
import shutil
import subprocess

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
SOURCE = re.compile(r"<!-- from: (\S+) -->")
SHELL_WORDS = {"cd", "export", "source", "sudo"}


def documents():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [pathlib.Path(line) for line in output.splitlines()]


def anchors(text):
    """The names that headings get on the usual sites."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.*)$", prose, flags=re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def broken_links(path, text):
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        other = path.parent / file if file else path
        if not other.exists():
            yield f"{path}: the link {target} leads nowhere"
        elif anchor and anchor not in anchors(other.read_text(encoding="utf-8")):
            yield f"{path}: {other} has no heading #{anchor}"


def blocks(text):
    """Pairs of a fence's language and lines, with the file they are said to be from."""
    source, language, lines = None, None, []
    for line in text.splitlines():
        if line.startswith("```"):
            if language is None:
                language, lines = line[3:].strip(), []
            else:
                yield language, lines, source
                source, language = None, None
        elif language is not None:
            lines.append(line)
        elif match := SOURCE.search(line):
            source = match[1]


def commands(lines):
    """The command of each line, without a prompt, an assignment in front, or a comment."""
    for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        words = shlex.split(line, comments=True)
        while words and (re.match(r"[A-Z_]+=", words[0]) or words[0] in SHELL_WORDS):
            words = [] if words[0] in ("cd", "export", "source") else words[1:]
        if words:
            yield words


def missing_command(words, subcommands):
    name = words[0]
    if name == "martlet" or name.endswith("/martlet"):
        if len(words) > 1 and not words[1].startswith("-") and words[1] not in subcommands:
            return f"martlet has no command {words[1]}"
    elif "/" in name:
        if not name.startswith(".build") and not pathlib.Path(name).exists():
            return f"there is no {name}"
    elif shutil.which(name) is None:
        return f"the command {name} is not found"
    return None


def martlet_commands():
    folder = pathlib.Path("Sources/MartletCLI")
    text = "".join(p.read_text(encoding="utf-8") for p in sorted(folder.rglob("*.swift")))
    return set(re.findall(r'commandName: "([\w-]+)"', text))


def stands_in(lines, path):
    wanted = [line.strip() for line in lines if line.strip()]
    present = iter(line.strip() for line in pathlib.Path(path).read_text("utf-8").splitlines())
    return all(line in present for line in wanted)


def main():
    subcommands = martlet_commands()
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for finding in broken_links(path, text):
            print(finding)
        for language, lines, source in blocks(text):
            if language == "sh":
                for words in commands(lines):
                    if problem := missing_command(words, subcommands):
                        print(f"{path}: {problem}: {shlex.join(words)}")
            if source and not pathlib.Path(source).exists():
                print(f"{path}: the example's file {source} does not exist")
            elif source and not stands_in(lines, source):
                print(f"{path}: the example differs from {source}")


main()
