"""The client's trace, as its `traceparent` header names it.

Source: W3C Trace Context, 3.2. All zeros are no ids, and ff is no version.
"""

import re

from starlette.datastructures import Headers

HEADER = "traceparent"
_IDS = r"(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<span>[0-9a-f]{16})"
_FIRST_VERSION = re.compile(rf"00-{_IDS}-[0-9a-f]{{2}}")
#: May have more after what we know; of the flags we know one.
_LATER_VERSION = re.compile(
    rf"(?!00|ff)[0-9a-f]{{2}}-{_IDS}-(?P<flags>[0-9a-f]{{2}})(-.*)?"
)
_SAMPLED = 1


def trace_id_of(headers: Headers) -> str | None:
    """Return the id of the trace; None without one, or if the header is no good."""
    known = traceparent_of(headers)
    return None if known is None else known.split("-")[1]


def traceparent_of(headers: Headers) -> str | None:
    """Return the header as the first version has it, to be carried on.

    A later version is told in the words of the one that is known (W3C, 3.2.4).
    None without one; one that is no good is as good as none.
    """
    text = headers.get(HEADER, "")
    if _FIRST_VERSION.fullmatch(text):
        return text
    if (later := _LATER_VERSION.fullmatch(text)) is None:
        return None
    flags = int(later["flags"], 16) & _SAMPLED
    return f"00-{later['trace']}-{later['span']}-{flags:02x}"
