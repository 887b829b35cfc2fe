"""The licences of COCO's photographs, out of its annotation files.

Those have hundreds of megabytes: they are read piece by piece, and only the two lists
that say who may use what.

Source: cocodataset.org, "Data format": `images` and `licenses`.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

_PIECE_CHARACTERS = 2**20
#: An entry of either list has some hundred characters.
_LONGEST_ENTRY = 2**18
_LONGEST_KEY = 64
_BETWEEN = re.compile(r"[\s,]*")


def coco_licences(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each photograph's file name and its licence.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not COCO's kind of JSON.
    """
    names = {
        entry.get("id"): str(entry.get("name")) for entry in _entries(path, "licenses")
    }
    if not names:
        return
    for image in _entries(path, "images"):
        name = names.get(image.get("license"))
        if name is not None and "file_name" in image:
            yield str(image["file_name"]), {"licence": name}


def _entries(path: Path, key: str) -> Iterator[dict[str, object]]:
    """Yield the objects of a list; only a piece of the file is in memory."""
    decoder = json.JSONDecoder()
    with path.open(encoding="utf-8") as file:
        text = _after(re.compile(rf'"{key}"\s*:\s*\['), file)
        position = 0
        while text is not None:
            between = _BETWEEN.match(text, position)
            position = between.end() if between else position
            if text.startswith("]", position):
                return
            try:
                entry, position = decoder.raw_decode(text, position)
            except ValueError:
                piece = file.read(_PIECE_CHARACTERS)
                if not piece or len(text) - position > _LONGEST_ENTRY:
                    raise
                text, position = text[position:] + piece, 0
                continue
            if isinstance(entry, dict):
                yield entry


def _after(start: re.Pattern[str], file: TextIO) -> str | None:
    """Return what is read so far behind a pattern; None if the file lacks it."""
    text = ""
    while piece := file.read(_PIECE_CHARACTERS):
        text = text[-_LONGEST_KEY:] + piece  # the pattern may be cut in two
        found = start.search(text)
        if found is not None:
            return text[found.end() :]
    return None
