"""The headers of resumable uploads, as draft-ietf-httpbis-resumable-upload has them."""

import re

from starlette.datastructures import Headers

from app.contract.uploads import Upload
from app.problems import ProblemCode, ProblemError

COMPLETE, OFFSET = "Upload-Complete", "Upload-Offset"
LENGTH, LIMIT = "Upload-Length", "Upload-Limit"
#: What PATCH appends.
PARTIAL = "application/partial-upload"
#: A type that is none of these is not believed.
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+\-]{1,60}/[a-z0-9!#$&^_.+\-]{1,60}")
_UNKNOWN_TYPE = "application/octet-stream"
#: The largest whole number of structured fields (RFC 9651, 3.3.1).
MOST_BYTES = 10**15 - 1
_COUNT = re.compile(r"[0-9]{1,15}")


def media_type_of(headers: Headers) -> str:
    """Return the body's media type in lower case, without parameters."""
    text = headers.get("content-type", "").partition(";")[0].strip().lower()
    return text if _MEDIA_TYPE.fullmatch(text) else _UNKNOWN_TYPE


def completes(headers: Headers) -> bool | None:
    """Return whether nothing follows this body; None if it is not said.

    Raises:
        ProblemError: It is neither `?0` nor `?1`.
    """
    text = headers.get(COMPLETE)
    if text is None:
        return None
    if text.strip() not in {"?0", "?1"}:
        raise _malformed(f"{COMPLETE} is ?0 or ?1.")
    return text.strip() == "?1"


def offset_of(headers: Headers) -> int:
    """Return where the body is to be appended.

    Raises:
        ProblemError: The header is missing, or is no whole number.
    """
    offset = _count(headers, OFFSET)
    if offset is None:
        raise _malformed(f"{OFFSET} is missing: HEAD tells it.")
    return offset


def announced_bytes(headers: Headers) -> int | None:
    """Return how many bytes are to come at least; None if nothing is said.

    Raises:
        ProblemError: A header is no whole number.
    """
    counts = (_count(headers, name) for name in (LENGTH, "Content-Length"))
    return max((each for each in counts if each is not None), default=None)


def limit_headers(max_bytes: int) -> dict[str, str]:
    """Return what tells how long an upload may be."""
    return {LIMIT: f"max-size={max_bytes}"}


def state_headers(upload: Upload, max_bytes: int) -> dict[str, str]:
    """Return what tells how an upload stands."""
    return {
        OFFSET: str(upload.size_bytes),
        COMPLETE: "?1" if upload.is_complete else "?0",
        **limit_headers(max_bytes),
        "Cache-Control": "no-store",
    }


def _count(headers: Headers, name: str) -> int | None:
    text = headers.get(name)
    if text is None:
        return None
    if _COUNT.fullmatch(text.strip()) is None:
        raise _malformed(f"{name} is a whole number of bytes.")
    return int(text)


def _malformed(detail: str) -> ProblemError:
    return ProblemError(ProblemCode.MALFORMED_REQUEST, detail)
