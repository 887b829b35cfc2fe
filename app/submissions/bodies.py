"""Reads the body of a submission, of whichever of the two media types it is."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.datastructures import FormData

from app.http.bodies import json_bodies, multipart
from app.http.bodies.json_bodies import JsonLimits, read_json_body
from app.http.bodies.media_types import media_type_of, require_length, unsupported
from app.http.bodies.multipart import FormLimits, read_form, without_empty_texts
from app.submissions.base64_files import Base64File
from app.submissions.documents import Document, read_document

MEDIA_TYPES = (multipart.MEDIA_TYPE, json_bodies.MEDIA_TYPE)


@asynccontextmanager
async def read_body(
    request: Request,
    form_limits: FormLimits,
    json_limits: JsonLimits,
    optional_texts: Collection[str],
) -> AsyncIterator[FormData | Document]:
    """Yield what was sent; its temporary files are gone afterwards.

    Args:
        request: has the body.
        form_limits: of a form.
        json_limits: of JSON.
        optional_texts: fields of a form that count as left out if they are empty.

    Raises:
        ProblemError: The body is of another type, cannot be read, or is too large.
    """
    require_length(request.headers)
    media_type = media_type_of(request.headers)
    if media_type not in MEDIA_TYPES:
        raise unsupported(MEDIA_TYPES)
    if media_type == multipart.MEDIA_TYPE:
        form = await read_form(request, form_limits)
        try:
            yield without_empty_texts(form, optional_texts)
        finally:
            await form.close()
        return
    document = await read_json(request, json_limits, form_limits.max_file_bytes)
    try:
        yield document
    finally:
        document.close()


async def read_json(
    request: Request, limits: JsonLimits, max_picture_bytes: int
) -> Document:
    """Return the document of a JSON body; the caller closes it."""
    open_sink = partial(Base64File, max_picture_bytes)
    body = await read_json_body(request, limits, open_sink)
    try:
        return await run_sync(read_document, body, max_picture_bytes)
    except BaseException:
        body.close()
        raise
