"""Names of files, made of the names of others: all different, and none too long."""

import os
from collections.abc import Iterator, Sequence

#: Linux's file systems, and most others, have no longer names.
_MOST_BYTES = 255


def distinct_names(wanted: Sequence[Sequence[str]], ending: str) -> Iterator[str]:
    """Yield a name for each list of parts, joined by dashes; a second one is numbered.

    Where a name would be too long, its longest parts are cut, between characters.
    """
    taken: set[str] = set()
    for parts in wanted:
        number, candidate = 1, _joined(parts, ending)
        while candidate in taken:
            number += 1
            candidate = _joined(parts, f"-{number}{ending}")
        taken.add(candidate)
        yield candidate


def _joined(parts: Sequence[str], ending: str) -> str:
    """Return the parts and the ending, in no more bytes than a name may have."""
    kept = list(parts)
    excess = _bytes_of(f"{'-'.join(kept)}{ending}") - _MOST_BYTES
    while excess > 0:
        longest = max(range(len(kept)), key=lambda index: _bytes_of(kept[index]))
        excess -= _bytes_of(kept[longest][-1])
        kept[longest] = kept[longest][:-1]
    return f"{'-'.join(kept)}{ending}"


def _bytes_of(text: str) -> int:
    return len(os.fsencode(text))
