"""The files that say what is in a set, where it is from, and what is not in it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from app.contract.datasets import MANIFEST_FILE, Manifest, Split
from app.preparation.options import PrepareOptions
from app.preparation.picture import put_file
from app.preparation.sources import Unusable

REPORT_FILE, CREDITS_FILE = "report.json", "CREDITS.txt"
_UNKNOWN = "unknown"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the list of pictures, if it has changed."""
    _put(folder / MANIFEST_FILE, manifest.content)


def write_report(
    folder: Path,
    options: PrepareOptions,
    manifest: Manifest,
    *,
    rejected: Sequence[Unusable],
    duplicates: Mapping[str, str],
    passed_over: Mapping[str, int],
) -> None:
    """Write what was left out and why, if it has changed; no times, no chance.

    Args:
        folder: the set's.
        options: what it was made with.
        manifest: what is in it.
        rejected: what is no picture, or breaks a rule.
        duplicates: names, and the name of the picture that each is like.
        passed_over: files of no kind of picture, by the ending of their names.
    """
    rows = manifest.rows
    report = {
        "options": asdict(options),
        "manifest_sha256": manifest.sha256,
        "pictures": len(rows),
        "splits": {split.value: manifest.count(split) for split in Split},
        "licences": dict(sorted(Counter(r.licence or _UNKNOWN for r in rows).items())),
        "rejected": [asdict(each) for each in rejected],
        "duplicates": [
            {"name": name, "of": duplicates[name]} for name in sorted(duplicates)
        ],
        "passed_over": dict(sorted(passed_over.items())),
    }
    _put(folder / REPORT_FILE, json.dumps(report, indent=1).encode() + b"\n")


def write_credits(folder: Path, manifest: Manifest) -> None:
    """Write who made each picture and under which licence, if it has changed."""
    lines = [
        "The pictures of this data set, where they are from, and who made them.",
        "A style that is trained on them may be bound by their licences.",
        "",
    ]
    lines += [
        f"{row.file}: {_shown(row.source)}, by {_shown(row.artist or _UNKNOWN)}, "
        f"licence: {_shown(row.licence or _UNKNOWN)}"
        for row in manifest.rows
    ]
    _put(folder / CREDITS_FILE, ("\n".join(lines) + "\n").encode())


def _shown(text: str) -> str:
    """Return a text on one line, whatever is in a file's name."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )


def _put(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        put_file(path, content)
