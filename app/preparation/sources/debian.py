"""Who made a file and under which licence, by the copyright file of a Debian package.

Source: Debian, "Machine-readable debian/copyright file", version 1.0: paragraphs of
fields, in which the last `Files` that fits is the one that counts.
"""

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

_FIELD = re.compile(r"^(Files|Copyright|License):\s*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_YEARS = re.compile(r"^[\d\s,\-–]+(?=\D)")
_MOST_HOLDERS = 3


@dataclass(frozen=True)
class _Stanza:
    patterns: tuple[re.Pattern[str], ...]
    labels: dict[str, str]


class DebianCopyright:
    """What a package's copyright file says.

    Args:
        text: of the file.
    """

    def __init__(self, text: str) -> None:
        self._stanzas = [*_stanzas(text)]

    def labels_of(self, path: str) -> dict[str, str]:
        """Return the licence and the holder of a source file's copyright.

        A picture may have been converted since the list was written: the ending of
        its name does not count.
        """
        stem = str(PurePosixPath(path).with_suffix(""))
        for stanza in reversed(self._stanzas):
            if any(each.fullmatch(stem) for each in stanza.patterns):
                return stanza.labels
        return {}


def _stanzas(text: str) -> Iterator[_Stanza]:
    for paragraph in re.split(r"\n\s*\n", text):
        fields = dict(_FIELD.findall(paragraph))
        if "Files" not in fields or "License" not in fields:
            continue
        holders = [
            _YEARS.sub("", line.strip()).removeprefix("by ").strip()
            for line in fields.get("Copyright", "").splitlines()
        ]
        labels = {"licence": fields["License"].splitlines()[0].strip()}
        if named := ", ".join(each for each in holders[:_MOST_HOLDERS] if each):
            labels["artist"] = named
        yield _Stanza(tuple(map(_pattern, fields["Files"].split())), labels)


def _pattern(words: str) -> re.Pattern[str]:
    """Return what paths without their endings must match."""
    path = PurePosixPath(words)
    is_named = "*" not in path.suffix and path.suffix
    return re.compile(
        fnmatch.translate(str(path.with_suffix("")) if is_named else words)
    )
