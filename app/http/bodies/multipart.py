"""Reads multipart/form-data within bounds, file by file, onto temporary files.

Starlette's parser bounds neither the length of a file nor notices that a body ends
before its closing boundary; this one does both.
"""

import re
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers
from starlette.formparsers import (
    MultiPartException,
    MultiPartParser,
    MultipartPart,
)
from starlette.requests import Request

from app.http.bodies.delimiters import Delimiters
from app.http.bodies.media_types import (
    check_charset,
    media_type_of,
    require_length,
    unsupported,
)
from app.problems import ProblemCode, ProblemError, too_large

MEDIA_TYPE = "multipart/form-data"
#: RFC 5987's way to write a file's name.
_EXTENDED_NAME = re.compile(rb";\s*filename\*\d*\*?\s*=", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class FormLimits:
    """What a form may hold. The body as a whole is the middleware's business."""

    max_file_bytes: int
    max_text_bytes: int = 16 * 2**10
    max_files: int = 16
    max_texts: int = 64


async def read_form(request: Request, limits: FormLimits) -> FormData:
    """Return the form; the caller closes it, which deletes its temporary files.

    Raises:
        ProblemError: The request has no body that is a whole form, or one of its
            parts is too large.
    """
    _check_headers(request.headers)
    stream = request.stream()
    _, options = parse_options_header(request.headers.get("content-type", ""))
    if boundary := options.get(b"boundary"):
        stream = Delimiters(boundary).rewrite(stream)
    parser = _BoundedParser(request.headers, stream, limits)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise _malformed(error.message) from error


def without_empty_texts(form: FormData, names: Collection[str]) -> FormData:
    """Return the form without texts that are blank: browsers send what was left open.

    Args:
        form: still to be closed by the caller.
        names: of the fields that may be left out.
    """
    return FormData(
        [
            (name, part)
            for name, part in form.multi_items()
            if name not in names or not isinstance(part, str) or part.strip()
        ]
    )


def _check_headers(headers: Headers) -> None:
    require_length(headers)
    if media_type_of(headers) != MEDIA_TYPE:
        raise unsupported([MEDIA_TYPE])
    check_charset(headers)


def _malformed(detail: str) -> ProblemError:
    return ProblemError(ProblemCode.MALFORMED_BODY, detail)


class _BoundedParser(MultiPartParser):
    #: Longer files go to disk, so that many slow uploads fit into memory.
    spool_max_size = 256 * 2**10

    def __init__(
        self, headers: Headers, stream: AsyncGenerator[bytes, None], limits: FormLimits
    ) -> None:
        super().__init__(
            headers,
            self._whole(stream),
            max_files=limits.max_files,
            max_fields=limits.max_texts,
        )
        self._is_complete = False
        self._limits = limits
        self._part_bytes = 0

    def on_part_begin(self) -> None:
        self._part_bytes = 0
        super().on_part_begin()

    def on_headers_finished(self) -> None:
        part = self._current_part
        if part.content_disposition and _is_unnamed_file(part):
            part.content_disposition += b'; filename=""'
        super().on_headers_finished()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._part_bytes += end - start
        is_text = self._current_part.file is None
        limits = self._limits
        limit_bytes = limits.max_text_bytes if is_text else limits.max_file_bytes
        if self._part_bytes > limit_bytes:
            raise _part_too_large(self._current_part.field_name[:100], limit_bytes)
        super().on_part_data(data, start, end)

    def on_end(self) -> None:
        self._is_complete = True

    async def _whole(
        self, stream: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[bytes, None]:
        """Raise within `parse`, which closes its files then, if the end is missing."""
        async for chunk in stream:
            yield chunk
        if not self._is_complete:
            raise MultiPartException("The body ends before its closing boundary.")


def _is_unnamed_file(part: MultipartPart) -> bool:
    """Tell whether a part is a file though it has no plain `filename`.

    The name is not required (RFC 7578, 4.2), and older libraries write it as
    `filename*`, which the parser leaves out.
    """
    disposition = part.content_disposition or b""
    if b"filename" in parse_options_header(disposition)[1]:
        return False
    media_type = dict(part.item_headers).get(b"content-type", b"").strip().lower()
    is_file = media_type.startswith((b"image/", b"application/octet-stream"))
    return is_file or _EXTENDED_NAME.search(disposition) is not None


def _part_too_large(name: str, limit_bytes: int) -> ProblemError:
    detail = f"{name} has more than {limit_bytes} bytes."
    return too_large(detail, limit_bytes, pointer=f"/{name}")
