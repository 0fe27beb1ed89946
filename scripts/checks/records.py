"""Validates records of nodes against a schema: records.py SCHEMA RECORD... Prints each with its size, and
fails with every mistake. The schema itself is tried first, with records that are wrong.
"""

import json
import os
import sys

import jsonschema

BYTE_LIMIT = 32 << 10


def mistakes(validator, record):
    for error in validator.iter_errors(record):
        yield f"{'/'.join(str(part) for part in error.absolute_path)}: {error.message[:200]}"
    for unknown in record["unknown"]:
        if is_present(record, unknown["path"]):
            yield f"{unknown['path']} is said to be unknown, and is there"


def is_present(record, path):
    value = record
    for part in path.replace("[", ".[").split("."):
        if part.startswith("["):
            index = int(part[1:-1])
            if index >= len(value):
                return False
            value = value[index]
        elif part in value:
            value = value[part]
        else:
            return False
    return value not in ([], {})


def broken(record):
    """Records that are no records, with what is wrong with each."""
    def changed(change):
        copy = json.loads(json.dumps(record))
        change(copy)
        return copy

    yield "another version", changed(lambda r: r.update(schemaVersion=2))
    yield "no slots", changed(lambda r: r.pop("slots"))
    yield "an unknown key", changed(lambda r: r.update(colour="red"))
    yield "memory of 0 bytes", changed(
        lambda r: r["numa"].append({"osIndex": 9, "hugepages": [], "cpuset": "0",
                                    "memoryBytes": 0}))
    yield "a hash that is none", changed(lambda r: r["identity"].update(contentHash="abc"))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failed = False
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        # As it stands in the control plane: without white space.
        size = len(json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode())
        found = list(mistakes(validator, record))
        if size > BYTE_LIMIT:
            found.append(f"{size} bytes, more than {BYTE_LIMIT}")
        for name, wrong in broken(record):
            if validator.is_valid(wrong):
                found.append(f"the schema lets {name} pass")
        name = os.path.basename(path)
        print(f"{name}: {size} bytes, {len(record['accelerators'])} accelerators,"
              f" {len(record['nics'])} NICs, dropped: {record.get('dropped', 'nothing')}")
        for mistake in found:
            failed = True
            print(f"{name}: {mistake}")
    print("records that do not hold" if failed else "all records hold")
    return 1 if failed else 0


sys.exit(main())
