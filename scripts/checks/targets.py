"""Prints folders that are no target, targets that neither a test nor a script uses, dependencies
in Package.swift that no source imports, imports that it does not declare, and rows of
ARCHITECTURE.md's module table that say otherwise.
"""

import json
import pathlib
import re
import subprocess

IMPORT = re.compile(r"^(?:@\w+ )*(?:\w+ )?import (?:(?:struct|class|enum|func|protocol) )?(\w+)", re.M)
# | [Module](Sources/Module) | what it owns | imports |
ROW = re.compile(r"^\| \[(\w+)\]\(Sources/\1\) \|[^|]*\|([^|]*)\|$", re.M)


def load_package():
    command = ["swift", "package", "dump-package"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def default_path(target):
    return f"{'Tests' if target['type'] == 'test' else 'Sources'}/{target['name']}"


def home(target):
    return pathlib.Path(target.get("path") or default_path(target))


def products(target):
    """The products of other packages that a target uses, with their packages."""
    return {value[0]: value[1] for dependency in target["dependencies"]
            for kind, value in dependency.items() if kind == "product"}


def dependencies(target):
    for dependency in target["dependencies"]:
        kind, value = next(iter(dependency.items()))
        if kind in ("byName", "target"):
            yield value[0]


def reached_from(roots, targets):
    reached, waiting = set(), list(roots)
    while waiting:
        name = waiting.pop()
        if name in targets and name not in reached:
            reached.add(name)
            waiting.extend(dependencies(targets[name]))
    return reached


def imports(target):
    return {name for path in home(target).rglob("*.swift")
            for name in IMPORT.findall(path.read_text(encoding="utf-8"))}


def check_imports(targets):
    for name, target in targets.items():
        imported = imports(target)
        declared = set(dependencies(target)) | set(products(target))
        for module in sorted(imported & set(targets) - declared):
            print(f"{name} imports {module}, which Package.swift does not declare")
        # A test of processes needs their programs built, and imports none.
        programs = {other for other in declared & set(targets)
                    if targets[other]["type"] == "executable"}
        for module in sorted(declared - imported - programs):
            print(f"{name} imports {module} nowhere, so Package.swift need not declare it")


def check_table(targets):
    document = pathlib.Path("ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = {name: {part.strip() for part in said.split(",") if part.strip()}
            for name, said in ROW.findall(document)}
    modules = {name for name, target in targets.items()
               if home(target).is_relative_to("Sources")}
    for name in sorted(modules ^ set(rows)):
        print(f"ARCHITECTURE.md's module table and Package.swift do not both have {name}")
    for name in sorted(modules & set(rows)):
        known = set(dependencies(targets[name])) | set(products(targets[name]).values())
        if rows[name] != known:
            print(f"ARCHITECTURE.md says that {name} imports {', '.join(sorted(rows[name]))};"
                  f" Package.swift says {', '.join(sorted(known))}")


def main():
    targets = {target["name"]: target for target in load_package()["targets"]}
    homes = {home(target) for target in targets.values()}
    for folder in ("Sources", "Tests"):
        for path in sorted(pathlib.Path(folder).iterdir()):
            if path.is_dir() and not any(path in (home, *home.parents) for home in homes):
                print(f"{path} holds no target of Package.swift, so nothing builds it")
    scripts = "".join(path.read_text() for path in pathlib.Path("scripts").iterdir()
                      if path.is_file())
    used = [name for name, target in targets.items()
            if target["type"] == "test" or f"--product {name}" in scripts
            or f"--target {name}" in scripts]
    for name in sorted(set(targets) - reached_from(used, targets)):
        print(f"neither a test nor a script uses the target {name}")
    check_imports(targets)
    check_table(targets)


main()
