"""A request before it is sent: what it says, and whether it may be said twice.

Opens no file and no connection; `app.client.runners` send it.
"""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from app.client.errors import ClientError, SettingError

#: By HTTP's own rules, sent twice they do what they do once (RFC 9110, 9.2.2).
_IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
IDEMPOTENCY_KEY = "Idempotency-Key"

#: What HTTP lets a header say, of ASCII (RFC 9110, 5.5).
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")

#: The longest page of a list that the API makes.
PAGE_LIMIT = 100

#: A picture's name stays at home.
_FILE_NAME = "picture"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a form: a file, or text where `is_file` is false."""

    name: str
    content: bytes
    is_file: bool = True

    @classmethod
    def text(cls, name: str, value: object) -> "Part":
        """Return a field: a word as it is, anything else as JSON."""
        words = value if isinstance(value, str) else json.dumps(value)
        return cls(name=name, content=words.encode(), is_file=False)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to the service.

    Attributes:
        parts: of a form, in order; makes the body multipart.
        body: a JSON body.
        content: bytes that are the body; `headers` say of which type.
        accepts: statuses besides 2xx that are answers and not errors.
        repeatable: that it may be sent twice although its method does not say so.
        tries: False sends it once, whatever happens.
        follows: that a redirect may lead elsewhere; the API key stays behind.
        wait_s: so long the service may take on purpose.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    body: object = None
    content: bytes | None = None
    accepts: frozenset[int] = frozenset()
    repeatable: bool = False
    tries: bool = True
    follows: bool = False
    wait_s: float = 0.0

    def __post_init__(self) -> None:
        if self.parts and self.body is not None:
            raise ValueError("a call has a form or a JSON body, not both")
        for name, value in self.headers.items():
            if _HEADER_VALUE.fullmatch(value) is None:
                raise SettingError(f"{name} must be printable ASCII, got {value!a}")

    @property
    def may_repeat(self) -> bool:
        """Whether a lost answer can be asked for again without doing a thing twice."""
        return self.tries and (
            self.repeatable
            or self.method in _IDEMPOTENT_METHODS
            or IDEMPOTENCY_KEY in self.headers
        )

    def request(self, http: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """Return what `http` can send; nothing is sent."""
        return http.build_request(
            self.method,
            self.path,
            params=list(self.query),
            headers=dict(self.headers),
            json=self.body,
            content=self.content,
            files=[_file(part) for part in self.parts] or None,
            timeout=self._timeout(http.timeout),
        )

    def _timeout(self, usual: httpx.Timeout) -> httpx.Timeout:
        """Return the client's timeout, and what the service may take on purpose."""
        if usual.read is None:
            return usual
        longer_s = usual.read + self.wait_s
        return httpx.Timeout(**{**usual.as_dict(), "read": longer_s})


def path_of(*segments: str) -> str:
    """Return a path below `/v1`; what is no plain name is escaped, not followed.

    Raises:
        ClientError: A segment is empty: the path would mean something else.
    """
    if not all(segments) or {".", ".."} & set(segments):
        raise ClientError(f"{'/'.join(segments)!r} names nothing")
    return "/".join(["/v1", *(quote(each, safe="") for each in segments)])


def new_idempotency_key() -> str:
    """Return a key that no other request will have."""
    return uuid.uuid4().hex


# httpx's own shape of a part: no file name makes it a text field.
def _file(part: Part) -> tuple[str, tuple[str | None, bytes]]:
    return part.name, (_FILE_NAME if part.is_file else None, part.content)
