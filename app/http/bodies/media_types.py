"""Of which media type a request's body is, and whether it can be read at all."""

from collections.abc import Sequence

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers

from app.problems import ProblemCode, ProblemError

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})


def media_type_of(headers: Headers) -> str:
    """Return the body's media type in lower case, without its parameters."""
    media_type, _ = parse_options_header(headers.get("content-type", ""))
    return media_type.decode("latin-1").lower()


def unsupported(media_types: Sequence[str]) -> ProblemError:
    """Return the problem of a body that is of none of these types."""
    return ProblemError(
        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
        f"The body must be {' or '.join(media_types)}.",
        headers={"Accept-Post": ", ".join(media_types)},
    )


def require_length(headers: Headers) -> None:
    """Refuse a request that does not say how long its body is.

    Raises:
        ProblemError: It has neither a length nor chunks.
    """
    if "content-length" not in headers and "transfer-encoding" not in headers:
        detail = "There is neither a Content-Length nor a Transfer-Encoding header."
        raise ProblemError(ProblemCode.LENGTH_REQUIRED, detail)


def check_charset(headers: Headers) -> None:
    """Refuse a charset other than UTF-8.

    Raises:
        ProblemError: The header names another one.
    """
    _, options = parse_options_header(headers.get("content-type", ""))
    charset = options.get(b"charset", b"utf-8").decode("latin-1").lower()
    # Some of Python's codecs raise what parsers do not expect.
    if charset not in _CHARSETS:
        detail = "The body must be UTF-8; no other charset is read."
        raise ProblemError(ProblemCode.MALFORMED_BODY, detail)
