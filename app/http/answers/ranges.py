"""A part of a file, as one who goes on with a download asks for it (RFC 9110, 14).

One range is answered; several at once are not, which a server may choose: the client
gets the whole file then.
"""

import re

from app.problems import ProblemCode, ProblemError

#: More digits than any file has bytes say nothing.
_ONE_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


def requested_range(header: str | None, size_bytes: int) -> range | None:
    """Return the positions asked for; None for the whole file.

    What cannot be read, is in another unit or names several ranges is passed over.

    Raises:
        ProblemError: No byte of the file lies in the range.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":  # The last so many.
        start, stop = max(0, size_bytes - int(last)), size_bytes
    else:
        start = int(first)
        stop = size_bytes if last == "" else min(int(last) + 1, size_bytes)
        if last != "" and int(last) < start:
            return None  # Invalid, and so not there (14.1.1).
    if start >= stop:
        raise ProblemError(
            ProblemCode.RANGE_NOT_SATISFIABLE,
            f"The file has {size_bytes} bytes; none lies in the range.",
            headers={"Content-Range": f"bytes */{size_bytes}"},
        )
    return range(start, stop)


def is_range_current(if_range: str | None, etag: str) -> bool:
    """Tell whether the range may be answered: the client's part is of this very file.

    Only a strong validator will do; we give no dates. Source: RFC 9110, 13.1.5.
    """
    return if_range is None or if_range.strip() == etag
