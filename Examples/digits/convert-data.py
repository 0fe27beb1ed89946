#!/usr/bin/env python3
"""Writes digits.bin from the digits.csv.gz of a scikit-learn wheel; DATA-LICENCE.md says more.

    python3 -m pip download --no-deps scikit-learn==1.9.1 -d /tmp/wheel
    python3 Examples/digits/convert-data.py /tmp/wheel/scikit_learn-*.whl Examples/digits/digits.bin
"""

import gzip
import hashlib
import struct
import sys
import zipfile

SOURCE = "sklearn/datasets/data/digits.csv.gz"
SOURCE_SHA256 = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
ROWS, COLUMNS, LARGEST_PIXEL, CLASSES = 8, 8, 16, 10


def converted(table: bytes) -> bytes:
    """The file's bytes, from lines of 64 pixels and a label."""
    records = [[int(field) for field in line.split(",")] for line in table.decode().split()]
    for record in records:
        *pixels, label = record
        assert len(pixels) == ROWS * COLUMNS
        assert all(0 <= pixel <= LARGEST_PIXEL for pixel in pixels) and 0 <= label < CLASSES
    header = struct.pack(
        "<8sIBBBB", b"DIGITS01", len(records), ROWS, COLUMNS, LARGEST_PIXEL, CLASSES)
    return header + b"".join(bytes(record) for record in records)


def main() -> None:
    wheel, output = sys.argv[1:]
    compressed = zipfile.ZipFile(wheel).read(SOURCE)
    if hashlib.sha256(compressed).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{wheel}: {SOURCE} is not the file this was written for")
    content = converted(gzip.decompress(compressed))
    with open(output, "wb") as file:
        file.write(content)
    print(hashlib.sha256(content).hexdigest(), len(content), "bytes")


if __name__ == "__main__":
    main()
