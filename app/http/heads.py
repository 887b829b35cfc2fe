"""How much a request's head may hold.

h11 has a limit too, but only for a head that comes piece by piece: what arrives at once
it reads up to four times that length, however many headers there are.
"""

from starlette.types import Scope

from app.problems import ProblemCode, ProblemError

_MOST_BYTES = 64 * 2**10
_MOST_HEADERS = 256
#: What stands between and after name and value.
_SEPARATORS_BYTES = len(": \r\n")


def require_short_head(scope: Scope) -> None:
    """Refuse a request with too many headers, or too long ones, its target included.

    Raises:
        ProblemError: `head_too_large`; the connection shall be closed.
    """
    headers = scope["headers"]
    total_bytes = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    for name, value in headers:
        total_bytes += len(name) + len(value) + _SEPARATORS_BYTES
    if len(headers) > _MOST_HEADERS or total_bytes > _MOST_BYTES:
        detail = (
            f"The head has {len(headers)} headers, {total_bytes} bytes in all; "
            f"{_MOST_HEADERS} and {_MOST_BYTES} are allowed."
        )
        close = {"Connection": "close"}
        raise ProblemError(ProblemCode.HEAD_TOO_LARGE, detail, headers=close)
