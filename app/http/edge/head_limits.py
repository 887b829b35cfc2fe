"""Which heads of requests are not looked at: too long ones, and another HTTP's.

h11 has a limit too, but only for a head that comes piece by piece: what arrives at once
it reads up to four times that length, however many headers there are. And it takes any
version for 1.1: the preface of HTTP/2 was a request for `*`.
"""

from starlette.types import Scope

from app.problems import ProblemCode, ProblemError

_CLOSE = {"Connection": "close"}
_MOST_BYTES = 64 * 2**10
_MOST_HEADERS = 256
#: What stands between and after name and value.
_SEPARATORS_BYTES = len(": \r\n")


def require_sound_head(scope: Scope) -> None:
    """Refuse a request of another HTTP than 1.x, or with too much in its head.

    Raises:
        ProblemError: `malformed_request`, or `head_too_large` of too many headers or
            too long ones, the target included; the connection shall be closed.
    """
    version: str = scope.get("http_version", "1.1")
    if not version.startswith("1."):
        detail = f"HTTP/1.1 is spoken here, not {version}."
        raise ProblemError(ProblemCode.MALFORMED_REQUEST, detail, headers=dict(_CLOSE))
    headers = scope["headers"]
    total_bytes = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    for name, value in headers:
        total_bytes += len(name) + len(value) + _SEPARATORS_BYTES
    if len(headers) > _MOST_HEADERS or total_bytes > _MOST_BYTES:
        detail = (
            f"The head has {len(headers)} headers, {total_bytes} bytes in all; "
            f"{_MOST_HEADERS} and {_MOST_BYTES} are allowed."
        )
        raise ProblemError(ProblemCode.HEAD_TOO_LARGE, detail, headers=dict(_CLOSE))
