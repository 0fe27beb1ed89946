"""Prints folders that are no target, and targets that neither a test nor a script uses."""

import json
import pathlib
import subprocess


def load_package():
    command = ["swift", "package", "dump-package"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def default_path(target):
    return f"{'Tests' if target['type'] == 'test' else 'Sources'}/{target['name']}"


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


def main():
    targets = {target["name"]: target for target in load_package()["targets"]}
    homes = {pathlib.Path(target.get("path") or default_path(target))
             for target in targets.values()}
    for folder in ("Sources", "Tests"):
        for path in sorted(pathlib.Path(folder).iterdir()):
            if path.is_dir() and not any(path in (home, *home.parents) for home in homes):
                print(f"{path} holds no target of Package.swift, so nothing builds it")
    scripts = "".join(path.read_text() for path in pathlib.Path("scripts").iterdir()
                      if path.is_file())
    used = [name for name, target in targets.items()
            if target["type"] == "test" or f"--product {name}" in scripts]
    for name in sorted(set(targets) - reached_from(used, targets)):
        print(f"neither a test nor a script uses the target {name}")


main()
