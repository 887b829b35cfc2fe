"""The `Prefer` header: how long a client would like an answer to wait (RFC 7240).

A preference is a request: what cannot be read, or is not known, is passed over in
silence.
"""

import re
from dataclasses import dataclass

from starlette.datastructures import Headers

#: The service waits no longer, whatever is preferred.
MAX_WAIT_S = 60

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
#: One element of the list: a comma within quotes does not end it. Quotes that nobody
#: closes reach to the end; possessive, so that no text is read twice.
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z))++', re.DOTALL)
#: A name with its value; parameters after a semicolon say nothing to us.
_PREFERENCE = re.compile(
    rf"\s*({_NAME})(?:\s*=\s*({_NAME}|{_QUOTED})?)?\s*(?:;.*)?", re.DOTALL
)
#: More digits than any time has are no number of seconds.
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class WaitPreference:
    """For how long the answer may wait, in seconds: what was asked for, but capped."""

    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """What tells the client how far its preference was granted."""
        return {"Preference-Applied": f"wait={self.seconds}"}


def preferences_of(headers: Headers) -> dict[str, str]:
    """Return the preferences by their names in lower case; the first of a name counts.

    A preference without a value has an empty one: the two mean the same (section 2).
    """
    found: dict[str, str] = {}
    for line in headers.getlist("prefer"):
        for element in _ELEMENT.findall(line):
            match = _PREFERENCE.fullmatch(element)
            if match is not None:
                found.setdefault(match[1].lower(), _unquoted(match[2] or ""))
    return found


def wait_of(headers: Headers) -> WaitPreference | None:
    """Return how long the client would wait; None if it did not say.

    `respond-async` without `wait` asks for an answer at once, as does saying nothing.
    Source: RFC 7240, 4.1 and 4.3.
    """
    if "prefer" not in headers:
        return None
    wanted = preferences_of(headers).get("wait", "")
    if _SECONDS.fullmatch(wanted) is None:
        return None
    return WaitPreference(min(int(wanted), MAX_WAIT_S))


def _unquoted(word: str) -> str:
    if not word.startswith('"'):
        return word
    return re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)
