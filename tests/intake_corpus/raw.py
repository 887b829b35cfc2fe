"""Raw HTTP: bytes on a socket that no client library would send.

`pieces` are sent with pauses; the answers are read until the server closes. Where a
status is None the server closes without a word.
"""
# ruff: noqa: E501 - a row is a line

from collections.abc import Sequence
from dataclasses import dataclass

_CLOSE = b"Connection: close\r\n"
_GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
_POST = b"POST /v1/jobs HTTP/1.1\r\nHost: a\r\n" + _CLOSE
_FORM = b"Content-Type: multipart/form-data; boundary=x\r\n"
_JSON = b"Content-Type: application/json\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_END = b"\r\n"
_NEXT = b"GET /healthz?smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
_REQUEST = "malformed_request"


@dataclass(frozen=True)
class RawCase:
    """One row.

    Attributes:
        name: what is odd about it.
        pieces: what is sent, with `pause_s` between.
        status: of the first answer that is final; None: closed without one.
        code: of its problem.
        answers: how many requests are answered: a smuggled one would be one more.
    """

    name: str
    pieces: Sequence[bytes]
    status: int | None
    code: str | None = None
    answers: int = 1
    pause_s: float = 0.02
    needs_key: bool = False

    def __str__(self) -> str:
        return self.name


def _row(
    name: str,
    sent: bytes | Sequence[bytes],
    status: int | None,
    code: str | None = None,
    *,
    answers: int = 1,
    needs_key: bool = False,
) -> RawCase:
    pieces = [sent] if isinstance(sent, bytes) else sent
    return RawCase(
        name, pieces, status, code, answers if status else 0, needs_key=needs_key
    )


LINES = [
    _row("a sound request", _GET + _CLOSE + _END, 200),
    _row("no Host", b"GET /healthz HTTP/1.1\r\n\r\n", 400, _REQUEST),
    _row("two Hosts", _GET + b"Host: b\r\n\r\n", 400, _REQUEST),
    _row("HTTP/0.9", b"GET /healthz\r\n\r\n", 400, _REQUEST),
    _row("HTTP/1.0 without a Host", b"GET /healthz HTTP/1.0\r\n\r\n", 200),
    _row("HTTP/3.7", b"GET /healthz HTTP/3.7\r\nHost: a\r\n\r\n", 400, _REQUEST),
    _row("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, _REQUEST),
    _row("TLS", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n", 400, _REQUEST),
    _row("SMTP", b"HELO a\r\n\r\n", 400, _REQUEST),
    _row("SSH", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", 400, _REQUEST),
    _row("a RESP command", b"*1\r\n$8\r\nFLUSHALL\r\n\r\n", 400, _REQUEST),
    _row("no method", b" /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 400, _REQUEST),
    _row("a method with a bracket", b"G(T /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
         400, _REQUEST),
    _row("a method in lower case",
         b"get /healthz HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 405, "method_not_allowed"),
    _row("a method of 5,000 letters",
         b"G" * 5000 + b" /healthz HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 405,
         "method_not_allowed"),
    _row("two blanks in the first line", b"GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
         400, _REQUEST),
    _row("a tab in the target", b"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400, _REQUEST),
    _row("a NUL in the target", b"GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 400, _REQUEST),
    _row("bytes beyond ASCII in the target",
         b"GET /\xc3\xbc HTTP/1.1\r\nHost: a\r\n\r\n", 400, _REQUEST),
    _row("TRACE", b"TRACE /healthz HTTP/1.1\r\nHost: a\r\nX: echo\r\n" + _CLOSE + _END, 405,
         "method_not_allowed"),
    _row("CONNECT", b"CONNECT inner:443 HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 404,
         "not_found"),
    _row("OPTIONS *", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 404, "not_found"),
    _row("a whole URL", b"GET http://b/healthz HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 200),
    _row("a whole URL of another scheme",
         b"GET file:///etc/passwd HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 404, "not_found"),
    _row("a path that climbs",
         b"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 404, "not_found"),
    _row("a path that climbs, hidden",
         b"GET /static/x/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END,
         404, "not_found"),
    _row("a path with %00", b"GET /%00 HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 404,
         "not_found"),
    _row("a path with half an escape", b"GET /%2 HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END,
         404, "not_found"),
    _row("a path with a fragment", b"GET /healthz#x HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END,
         404, "not_found"),
    _row("a target of 100 kB",
         b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 431,
         "head_too_large"),
]  # fmt: skip

HEADERS = [
    _row("a blank before a colon", _GET + b"X : y\r\n\r\n", 400, _REQUEST),
    _row("a head's line without a colon", _GET + b"nonsense\r\n\r\n", 400, _REQUEST),
    _row("a header without a name", _GET + b": y\r\n\r\n", 400, _REQUEST),
    _row("a NUL in a header", _GET + b"X: a\0b\r\n\r\n", 400, _REQUEST),
    _row("a return in a header", _GET + b"X: a\rY: b\r\n\r\n", 400, _REQUEST),
    _row("a header's name beyond ASCII", _GET + b"\xc3\xbc: y\r\n\r\n", 400, _REQUEST),
    _row("a header's value beyond ASCII", _GET + _CLOSE + b"X: \xff\xfe\r\n\r\n", 200),
    _row("one header of 100 kB", _GET + b"X: " + b"y" * 100_000 + b"\r\n\r\n", 431,
         "head_too_large"),
    _row("300 headers", _GET + b"X: y\r\n" * 300 + _END, 431, "head_too_large"),
    _row("9,000 headers", _GET + b"X: y\r\n" * 9000 + _END, 431, "head_too_large"),
    _row("a head that never ends",
         [_GET, *[b"X: y\r\n"] * 30], None),
    _row("a head that is a byte at a time", [bytes([each]) for each in _GET[:30]], None),
    _row("nothing at all", b"", None),
    _row("blank lines", b"\r\n\r\n\r\n", 400, _REQUEST),
    _row("an offer of WebSocket",
         _GET + b"Connection: close, Upgrade\r\nUpgrade: websocket\r\n"
         b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n", 200),
    _row("an offer of HTTP/2",
         _GET + b"Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
         b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", 200),
    _row("two requests at once", _GET + _END + _GET + _CLOSE + _END, 200, answers=2),
]  # fmt: skip

LENGTHS = [
    _row("no length", _POST + _FORM + _END, 411, "length_required"),
    _row("a length of nothing", _POST + _FORM + b"Content-Length: 0\r\n\r\n", 400,
         "malformed_body"),
    *(
        _row(f"a length of {length}", _POST + _FORM + f"Content-Length: {length}\r\n\r\n".encode(),
             400, _REQUEST)
        for length in ("-5", "+5", "5 5", "0x5", "5.0", "five", "", "9" * 30, "5;q=1")
    ),
    _row("two lengths", _POST + _FORM + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
         400, _REQUEST),
    _row("two lengths in one header", _POST + _FORM + b"Content-Length: 5, 6\r\n\r\nhello",
         400, _REQUEST),
    _row("a length and chunks",
         _POST + _FORM + b"Content-Length: 5\r\n" + _CHUNKED + b"\r\n0\r\n\r\n" + _NEXT,
         400, _REQUEST),
    _row("chunks and a length",
         _POST + _FORM + _CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + _NEXT,
         400, _REQUEST),
    _row("a length that is too long", _POST + _FORM + b"Content-Length: 100001\r\n\r\n",
         413, "upload_too_large"),
    _row("a body that is shorter", _POST + _FORM + b"Content-Length: 500\r\n\r\n--x\r\n",
         408, "upload_too_slow"),
    _row("a body that is longer", _POST + _JSON + b"Content-Length: 4\r\n\r\nnull" + _NEXT,
         422, "invalid_value"),
    _row("a body that trickles",
         [_POST + _JSON + b"Content-Length: 5000\r\n\r\n", *[b" "] * 60], 408,
         "upload_too_slow"),
    _row("a body for a GET",
         b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n" + _CLOSE + b"\r\nhello",
         200),
    _row("a body that says it is packed",
         _POST + _FORM + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", 415,
         "unsupported_media_type"),
    _row("a type that is not read",
         _POST + b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", 415,
         "unsupported_media_type"),
    _row("a form that says no boundary",
         _POST + b"Content-Type: multipart/form-data\r\nContent-Length: 5\r\n\r\nhello", 400,
         "malformed_body"),
]  # fmt: skip

CHUNKS = [
    *(
        _row(f"a coding of {coding}",
             _POST + _FORM + f"Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n".encode(), 400, _REQUEST)
        for coding in ("gzip", "xchunked", "identity", "chunked, identity", "gzip, chunked", "chu\x0bnked")
    ),
    _row("two codings", _POST + _FORM + _CHUNKED * 2 + b"\r\n0\r\n\r\n", 400, _REQUEST),
    _row("a coding behind a blank",
         _POST + _FORM + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400, _REQUEST),
    _row("no chunk", _POST + _JSON + _CHUNKED + b"\r\n0\r\n\r\n", 400, "malformed_body"),
    _row("a chunk of zz", _POST + _JSON + _CHUNKED + b"\r\nzz\r\n", 400, _REQUEST),
    _row("a chunk of -1", _POST + _JSON + _CHUNKED + b"\r\n-1\r\n", 400, _REQUEST),
    _row("a chunk of 0x4", _POST + _JSON + _CHUNKED + b"\r\n0x4\r\nnull\r\n0\r\n\r\n", 400, _REQUEST),
    _row("a chunk of 2^80", _POST + _JSON + _CHUNKED + b"\r\n" + b"f" * 20 + b"\r\nnull", 408,
         "upload_too_slow"),
    _row("a chunk of 30 digits", _POST + _JSON + _CHUNKED + b"\r\n" + b"f" * 30 + b"\r\n", 400,
         _REQUEST),
    _row("a chunk longer than it says", _POST + _JSON + _CHUNKED + b"\r\n2\r\nnull\r\n0\r\n\r\n", 400,
         _REQUEST),
    _row("a chunk with an extension of 100 kB",
         _POST + _JSON + _CHUNKED + b"\r\n4;" + b"x" * 100_000 + b"\r\nnull\r\n0\r\n\r\n", 422,
         "invalid_value"),
    _row("chunks without an end", _POST + _JSON + _CHUNKED + b"\r\n4\r\nnull\r\n", 408,
         "upload_too_slow"),
    _row("chunks that are too much",
         _POST + _FORM + _CHUNKED + b"\r\n" + (b"8000\r\n" + b"-" * 0x8000 + b"\r\n") * 5, 413,
         "upload_too_large"),
    _row("a request behind the chunks",
         _POST + _JSON + _CHUNKED + b"\r\n4\r\nnull\r\n0\r\n\r\n" + _NEXT, 422, "invalid_value"),
]  # fmt: skip

STRANGERS = [
    _row("no key, and no body is waited for",
         _POST + _FORM + b"Content-Length: 90000\r\n\r\n", 401, "unauthenticated",
         needs_key=True),
    _row("a key that is none", _POST + _FORM + b"Authorization: Bearer imp_x\r\n"
         b"Content-Length: 90000\r\n\r\n", 401, "unauthenticated", needs_key=True),
    _row("a key in Basic", _POST + b"Authorization: Basic eDp4\r\nContent-Length: 0\r\n\r\n",
         401, "unauthenticated", needs_key=True),
    _row("two keys", _POST + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"
         b"Content-Length: 0\r\n\r\n", 400, _REQUEST, needs_key=True),
    _row("a key of 60 kB", _POST + b"Authorization: Bearer " + b"a" * 60_000 +
         b"\r\nContent-Length: 0\r\n\r\n", 401, "unauthenticated", needs_key=True),
    _row("a whole URL is no way in",
         b"GET http://a/v1/jobs HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 401,
         "unauthenticated", needs_key=True),
    _row("a path with two slashes is no way in",
         b"GET //v1/jobs HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 401, "unauthenticated",
         needs_key=True),
    _row("a method that is unknown is no way in",
         b"FETCH /v1/jobs HTTP/1.1\r\nHost: a\r\n" + _CLOSE + _END, 401, "unauthenticated",
         needs_key=True),
]  # fmt: skip

CASES = [*LINES, *HEADERS, *LENGTHS, *CHUNKS, *STRANGERS]
