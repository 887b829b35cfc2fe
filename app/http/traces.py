"""The client's trace, as its `traceparent` header names it.

Source: W3C Trace Context, 3.2.
"""

import re

from starlette.datastructures import Headers

HEADER = "traceparent"
#: Version, trace, span, flags; a later version may have more after them.
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)


def trace_id_of(headers: Headers) -> str | None:
    """Return the id of the trace; None without one, or if the header is no good."""
    match = _TRACEPARENT.fullmatch(headers.get(HEADER, ""))
    return None if match is None else match[1]
