"""Reads the body of a submission, of whichever of the two media types it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.datastructures import FormData

from app.http.bodies import json_bodies, multipart
from app.http.bodies.json_bodies import JsonLimits, read_json_body
from app.http.bodies.media_types import media_type_of, require_length, unsupported
from app.http.bodies.multipart import FormLimits, read_form
from app.http.edge.limiter import limited
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.documents import Document, read_document
from app.submissions.files.base64_files import Base64File
from app.submissions.parsing import parse
from app.submissions.submission import Submission

MEDIA_TYPES = (multipart.MEDIA_TYPE, json_bodies.MEDIA_TYPE)
#: More files than any batch has: one that has too many jobs is told so in these words.
_MOST_FILES = 64


@asynccontextmanager
async def read_job(
    request: Request, deps: SubmissionDependencies
) -> AsyncIterator[Submission]:
    """Yield the job that was sent; its temporary files are gone afterwards."""
    async with (
        limited(deps.uploads, deps.upload_patience_s),
        read_body(request, deps.form, deps.json) as body,
    ):
        yield await run_sync(parse, body, deps.offer)


@asynccontextmanager
async def read_batch(
    request: Request, deps: SubmissionDependencies
) -> AsyncIterator[Submission]:
    """Yield the batch that was sent; its temporary files are gone afterwards."""
    form = replace(deps.form, max_files=_MOST_FILES)
    json = replace(deps.json, max_long_texts=_MOST_FILES)
    async with (
        limited(deps.batches, deps.upload_patience_s),
        limited(deps.uploads, deps.upload_patience_s),
        read_body(request, form, json) as body,
    ):
        yield await run_sync(parse, body, partial(deps.offer, is_batch=True))


@asynccontextmanager
async def read_body(
    request: Request,
    form_limits: FormLimits,
    json_limits: JsonLimits,
) -> AsyncIterator[FormData | Document]:
    """Yield what was sent; its temporary files are gone afterwards.

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
            yield form
        finally:
            await form.close()
        return
    document = await read_json(request, json_limits, form_limits.max_file_bytes)
    try:
        yield document
    finally:
        document.close()


async def read_json(
    request: Request, limits: JsonLimits, max_file_bytes: int
) -> Document:
    """Return the document of a JSON body; the caller closes it."""
    open_sink = partial(Base64File, max_file_bytes)
    body = await read_json_body(request, limits, open_sink)
    try:
        return await run_sync(read_document, body, max_file_bytes)
    except BaseException:
        body.close()
        raise
