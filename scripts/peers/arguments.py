"""The options of scripts/compare-peers, and what they come to."""

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from peers.contenders import MEMORY_PEERS, PEERS
from peers.model import ALL_REDUCE, COLLECTIVES, Budget, Settings
from peers.units import parse_size

Item = TypeVar("Item")

REPOSITORY = Path(__file__).resolve().parents[2]
SIZES = "8,64,256,1K,4K,16K,64K,256K,1M,4M,16M,64M,256M"
QUICK_SIZES = "8,1K,64K,1M,16M"
TRANSPORTS = ("tcp", "shm")
DESCRIPTION = (
    "Runs Martlet and its peers alternately (float32, sums, in place) and prints their\n"
    "times and the paired ratios with 95 % intervals; writes report.md, plot-N-ranks.svg and\n"
    "rounds.json."
)
EPILOGUE = (
    """\
peers: """
    + ", ".join(PEERS)
    + "; with --transport shm: "
    + ", ".join(MEMORY_PEERS)
    + """
Debian packages are installed by apt-get, everything else below ${XDG_CACHE_HOME:-~/.cache}/
martlet-peers, which may be deleted at any time. A peer that cannot be had is named with the reason.
exit status: 0 measured, 1 Martlet failed or (with --check) a bar was missed, 2 wrong usage.
"""
)


def list_of(parse_one: Callable[[str], Item], text: str) -> list[Item]:
    try:
        found = [parse_one(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not found:
        raise argparse.ArgumentTypeError("the list is empty")
    return list(dict.fromkeys(found))


def sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(list_of(parse_size, text)))


def rank_counts(text: str) -> tuple[int, ...]:
    counts = tuple(list_of(int, text))
    if any(count < 2 or count > 64 for count in counts):
        raise argparse.ArgumentTypeError("between 2 and 64 ranks")
    return counts


def peer_names(text: str) -> tuple[str, ...]:
    names = tuple(list_of(str.strip, text))
    unknown = [name for name in names if name not in PEERS | MEMORY_PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown: {', '.join(unknown)} (known: {', '.join(PEERS | MEMORY_PEERS)})"
        )
    return names


def collective_names(text: str) -> tuple[str, ...]:
    names = COLLECTIVES if text == "all" else tuple(list_of(str.strip, text))
    unknown = [name for name in names if name not in COLLECTIVES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown: {', '.join(unknown)} (known: {', '.join(COLLECTIVES)}, all)"
        )
    return names


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return int(text)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/compare-peers",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--ranks", type=rank_counts, default=(2, 4), help="numbers of ranks (default 2,4)")
    add(
        "--collective",
        type=collective_names,
        default=(ALL_REDUCE,),
        help=f"{', '.join(COLLECTIVES)}, several with commas, or all (default {ALL_REDUCE})",
    )
    add("--transport", choices=TRANSPORTS, default="tcp")
    add("--sizes", type=sizes, help=f"buffer sizes (default {SIZES})")
    add("--peers", type=peer_names, default=tuple(PEERS | MEMORY_PEERS), help="who takes part (default: all)")
    add("--rounds", type=positive, help="alternating rounds (default 20)")
    add(
        "--large-rounds",
        type=positive,
        help="rounds in which sizes above 64 MiB take part (default: half of them)",
    )
    add(
        "--budget-milliseconds",
        type=positive,
        default=40,
        help="time per size in each launch, 3 iterations at least (default 40)",
    )
    add("--timeout-seconds", type=positive, default=180, help="limit for a launch (default 180)")
    add(
        "--quick",
        action="store_true",
        help="3 rounds of a few sizes: shows that everything works, no figures to quote",
    )
    add("--output", type=Path, help="folder for the report (default .build/compare-peers/TIME)")
    add("--martlet", type=Path, help="a martlet binary to measure instead of building the package")
    add("--without-martlet", action="store_true", help=argparse.SUPPRESS)
    consent = parser.add_mutually_exclusive_group()
    consent.add_argument("--yes", action="store_true", help="install without asking")
    consent.add_argument("--no-install", action="store_true", help="use only what is there")
    add(
        "--check",
        action="store_true",
        help="exit with 1 unless Martlet is behind nobody, and moves 70 %% of plain sockets",
    )
    return parser


def settings_of(arguments: argparse.Namespace) -> Settings:
    rounds = arguments.rounds or (3 if arguments.quick else 20)
    large_rounds = arguments.large_rounds or max(1, rounds // 2)
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    return Settings(
        ranks=arguments.ranks,
        transport=arguments.transport,
        sizes=arguments.sizes or sizes(QUICK_SIZES if arguments.quick else SIZES),
        rounds=rounds,
        large_rounds=min(large_rounds, rounds),
        budget=Budget(arguments.budget_milliseconds, 3, 20_000, arguments.timeout_seconds),
        output=arguments.output or REPOSITORY / ".build" / "compare-peers" / stamp,
        quick=arguments.quick,
        collectives=arguments.collective,
    )
