"""Reads application/json within bounds; long strings go elsewhere while they arrive.

A picture in base64 is a string of megabytes, and a parser would hold it several times
over. So the body passes through a sieve: what is in a long string goes to a sink, piece
by piece, and a short token stands in its place in the text that is left. The token
begins with a secret of this request, so that no client can write one.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from starlette.requests import Request

from app.http.bodies.media_types import check_charset, require_length
from app.problems import ProblemCode, ProblemError, too_large

MEDIA_TYPE = "application/json"

#: The contents of a string, as far as they are there.
_CONTENTS = re.compile(rb'(?:[^"\\]+|\\.)*+', re.DOTALL)
_ESCAPES = re.compile(rb"(?:\\u[0-9a-fA-F]{4}|\\[^u])+", re.DOTALL)
_LONGEST_ESCAPE = len(r"\u002B")


class TextSink(Protocol):
    """Takes the contents of one long string; it must not raise for what they are."""

    def write(self, piece: bytes) -> None:
        """Take a piece, its escapes undone; a character may be cut in two."""

    def finish(self) -> None:
        """Note that nothing follows."""

    def close(self) -> None:
        """Give back what it holds."""


S = TypeVar("S", bound=TextSink)


@dataclass(frozen=True, kw_only=True)
class JsonLimits:
    """What a JSON body may hold. The body as a whole is the middleware's business."""

    #: Longer strings go to a sink.
    max_text_bytes: int = 16 * 2**10
    #: Everything but the long strings.
    max_rest_bytes: int = 2**20
    max_long_texts: int = 16


@dataclass(frozen=True)
class JsonBody(Generic[S]):
    """A body that was read; its sinks are open.

    Attributes:
        text: the JSON, with a token in the place of each long string.
        long_texts: the sinks by their tokens.
        lengths: how many bytes each long text had, escapes as they came.
        max_text_bytes: what is longer is long.
    """

    text: str
    long_texts: dict[str, S]
    lengths: dict[str, int]
    max_text_bytes: int

    def close(self) -> None:
        """Close the sinks."""
        for sink in self.long_texts.values():
            sink.close()


async def read_json_body(
    request: Request, limits: JsonLimits, open_sink: Callable[[], S]
) -> JsonBody[S]:
    """Return the body; the caller closes it.

    Raises:
        ProblemError: There is none, it is no UTF-8, ends within a string, or is too
            large without its long strings.
    """
    require_length(request.headers)
    check_charset(request.headers)
    sieve = _Sieve(limits, open_sink)
    try:
        async for chunk in request.stream():
            sieve.feed(chunk)
        return sieve.finish()
    except BaseException:
        sieve.close()
        raise


class _Sieve(Generic[S]):
    def __init__(self, limits: JsonLimits, open_sink: Callable[[], S]) -> None:
        self._limits = limits
        self._open_sink = open_sink
        self._secret = secrets.token_hex(16)
        self._sinks: dict[str, S] = {}
        self._rest = bytearray()
        self._is_in_text = False
        #: Where in the rest the contents of the present string begin.
        self._start = 0
        self._sink: S | None = None
        self._token = ""
        self._lengths: dict[str, int] = {}
        #: What cannot be judged before the next chunk: the first half of an escape.
        self._held = b""

    def feed(self, chunk: bytes) -> None:
        chunk, self._held = self._held + chunk, b""
        position = 0
        while position < len(chunk):
            take = self._take_text if self._is_in_text else self._take_rest
            position = take(chunk, position)

    def finish(self) -> JsonBody[S]:
        if self._is_in_text:
            raise _malformed("The body ends within a string.")
        try:
            # Some programs of Windows begin with a byte order mark (RFC 8259, 8.1).
            text = self._rest.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _malformed("The body is not UTF-8.") from error
        most = self._limits.max_text_bytes
        return JsonBody(text, self._sinks, self._lengths, most)

    def close(self) -> None:
        for sink in self._sinks.values():
            sink.close()

    def _take_rest(self, chunk: bytes, position: int) -> int:
        """Take what lies before the next string, and its quotation mark."""
        quote = chunk.find(b'"', position)
        end = len(chunk) if quote < 0 else quote + 1
        self._keep(chunk[position:end])
        self._is_in_text = quote >= 0
        self._start = len(self._rest)
        return end

    def _take_text(self, chunk: bytes, position: int) -> int:
        """Take what the present string has in this chunk."""
        match = _CONTENTS.match(chunk, position)
        end = position if match is None else match.end()
        has_ended = chunk[end : end + 1] == b'"'
        if not has_ended:
            # A backslash at the very end, or the first digits of \u002B.
            end = _end_of_whole_escapes(chunk, position, end)
            self._held = chunk[end:]
        piece = chunk[position:end]
        if self._sink is None:
            self._take_short(piece)
        else:
            self._sink.write(_unescaped(piece))
            self._lengths[self._token] += len(piece)
        if not has_ended:
            return len(chunk)
        self._end_text()
        return end + 1

    def _take_short(self, piece: bytes) -> None:
        length = len(self._rest) - self._start + len(piece)
        if length <= self._limits.max_text_bytes:
            self._keep(piece)
            return
        if len(self._sinks) == self._limits.max_long_texts:
            most, length = self._limits.max_long_texts, self._limits.max_text_bytes
            detail = f"More than {most} texts of over {length} bytes came."
            raise too_large(detail, most)
        token = self._token = f"{self._secret}-{len(self._sinks)}"
        self._lengths[token] = length
        sink = self._sinks[token] = self._sink = self._open_sink()
        sink.write(_unescaped(bytes(self._rest[self._start :]) + piece))
        self._rest[self._start :] = token.encode()

    def _end_text(self) -> None:
        if self._sink is not None:
            self._sink.finish()
        self._keep(b'"')
        self._is_in_text, self._sink = False, None

    def _keep(self, piece: bytes) -> None:
        self._rest += piece
        if len(self._rest) > (most := self._limits.max_rest_bytes):
            detail = f"Without its long texts the body has more than {most} bytes."
            raise too_large(detail, most)


def _end_of_whole_escapes(chunk: bytes, start: int, end: int) -> int:
    last = chunk.rfind(b"\\", max(start, end - _LONGEST_ESCAPE + 1), end)
    if last < 0 or chunk[last + 1 : last + 2] != b"u":
        return end
    return last


def _unescaped(piece: bytes) -> bytes:
    """Return what the piece says; the halves of a surrogate pair may come apart."""
    if b"\\" not in piece:
        return piece
    # Only the escapes are decoded: a character may be cut in two at the piece's end.
    return _ESCAPES.sub(_plain, piece)


def _plain(match: re.Match[bytes]) -> bytes:
    try:
        text: str = json.loads(b'"' + match[0] + b'"')
    except ValueError:
        return match[0]  # no escape of JSON: the sink may judge it
    return text.encode("utf-8", "surrogatepass")


def _malformed(detail: str) -> ProblemError:
    return ProblemError(ProblemCode.MALFORMED_BODY, detail)
