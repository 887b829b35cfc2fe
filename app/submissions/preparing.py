"""From files as they were sent to clean copies: cheap checks first, for all of them.

Nothing is stored here. Each step is a function of ports and values that may take time;
`prepare` lets each run in a thread when it is its turn.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from anyio.to_thread import run_sync
from pydantic import JsonValue

from app.contract.inputs import Input, input_name, slot_and_number
from app.contract.ports import StyleCatalogue, StyleNotFoundError
from app.contract.slots import Medium
from app.contract.styles import Style
from app.contract.uploads import Upload
from app.contract.webhooks import Webhook
from app.intake import (
    ANY_BYTES,
    IntakeRules,
    KeptBytes,
    NormalizedPicture,
    inspect_bytes,
    inspect_picture,
    keep_bytes,
    normalize_mask,
    normalize_picture,
    require_same_aspect,
)
from app.problems import ProblemCode, ProblemError, refuse, too_large
from app.submissions.decode_limiter import decode_slot
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.sources import (
    FileFetcher,
    LibraryPicture,
    Place,
    RemoteFile,
    SentBytes,
    SentFile,
    UploadedFile,
)
from app.submissions.staging import StagedFile, Staging
from app.uploads.uploads import Uploads


class Prepared(NamedTuple):
    """What passed every check."""

    files: dict[Place, StagedFile]
    styles: dict[Place, Style]
    webhook: Webhook | None


async def prepare(
    deps: SubmissionDependencies,
    sent: Sequence[SentFile],
    *,
    webhook: JsonValue,
    owner: str | None,
    side_px: int,
    staging: Staging,
) -> Prepared:
    """Return clean copies of all files, and the webhook.

    Args:
        deps: ports, rules and limiters.
        sent: as they came; their places differ.
        webhook: as sent; null for none.
        owner: whose uploads may be named.
        side_px: long side of the largest result that will be made of them.
        staging: keeps the copies.

    Raises:
        ProblemError: With the first rule that one of them breaks.
    """
    rules = deps.intake
    accepted = None
    if webhook is not None:
        accepted = await run_sync(deps.accept_webhook, webhook, limiter=deps.errands)
    styles = await run_sync(look_up, deps.style_catalogue, sent)
    uploads = await run_sync(find_uploads, deps.uploaded, sent, owner, rules)
    pixels = await run_sync(inspect, sent, rules)
    opened = [
        await run_sync(open_upload, deps.uploaded, each, uploads[each.place], staging)
        for each in sent
        if each.place in uploads
    ]
    fetched = [
        await run_sync(fetch, deps.fetcher, each, staging, limiter=deps.errands)
        for each in sent
        if isinstance(each.source, RemoteFile)
    ]
    pixels |= await run_sync(inspect, (*opened, *fetched), rules)
    # The copies are as large as the jobs can use: a result larger than the usual copy
    # has larger copies.
    rules = replace(rules, stored_side_px=max(rules.stored_side_px, side_px))
    brought = {each.place: each for each in (*sent, *opened, *fetched)}
    staged = {}
    for place, each in brought.items():
        if place in styles:
            staged[place] = await run_sync(
                take_from_catalogue, deps.style_catalogue, styles[place], place, staging
            )
        elif isinstance(each.source, UploadedFile):
            staged[place] = as_stored(place, uploads[place])
        else:
            copy = await _decode(deps, each, pixels[place], rules, staging)
            staged[place] = replace(copy, upload=uploads.get(place))
    return Prepared(staged, styles, accepted)


async def _decode(
    deps: SubmissionDependencies,
    sent: SentFile,
    pixels: int,
    rules: IntakeRules,
    staging: Staging,
) -> StagedFile:
    """Decode when it is this picture's turn."""
    decodes, large_decodes = deps.decodes, deps.large_decodes
    async with decode_slot(decodes, large_decodes, pixels):
        return await run_sync(normalize, sent, rules, staging, limiter=decodes)


def look_up(
    style_catalogue: StyleCatalogue, pictures: Iterable[SentFile]
) -> dict[Place, Style]:
    """Return those of the library, by their places."""
    found = {}
    for sent in pictures:
        if isinstance(sent.source, LibraryPicture):
            with in_library(sent.source.style_id, sent.place):
                found[sent.place] = style_catalogue.get(sent.source.style_id)
    return found


def find_uploads(
    uploaded: Uploads, files: Iterable[SentFile], owner: str | None, rules: IntakeRules
) -> dict[Place, Upload]:
    """Return the uploads that are named; refuse what their sizes rule out."""
    found = {}
    for sent in files:
        if isinstance(sent.source, UploadedFile):
            place, named = sent.place, sent.source.upload_id
            try:
                upload = found[place] = uploaded.find(named, owner)
            except ProblemError as error:
                detail, code = error.detail, error.code
                raise refuse(place.pointer, detail, code, actual=named) from error
            most, size = rules.max_bytes, upload.size_bytes
            if sent.slot.medium is Medium.ANY and size == 0:
                raise refuse(place.pointer, f"{place.words} has no bytes.")
            if sent.slot.medium is not Medium.ANY and size > most:
                detail = f"{place.words} has {size} bytes; {most} are allowed."
                raise too_large(detail, most, size, pointer=place.pointer)
    return found


def open_upload(
    uploaded: Uploads, sent: SentFile, upload: Upload, staging: Staging
) -> SentFile:
    """Return an upload that must be looked at as a file that came with the request."""
    if sent.slot.medium is Medium.ANY:
        return sent
    return replace(sent, source=SentBytes(staging.enter_context(uploaded.open(upload))))


def as_stored(place: Place, upload: Upload) -> StagedFile:
    """Return an upload that nobody looks into: what is stored is what is kept."""
    facts = {"bytes": upload.size_bytes}
    kept = Input(media_type=ANY_BYTES, sha256=str(upload.sha256), facts=facts)
    return StagedFile(place, kept, None, upload)


def inspect(files: Iterable[SentFile], rules: IntakeRules) -> dict[Place, int]:
    """Refuse what first bytes and headers rule out; return numbers of pixels."""
    pixels = {}
    for sent in files:
        if isinstance(sent.source, SentBytes):
            file, field = sent.source.file, sent.place.words
            with pointing_at(sent.place):
                if sent.slot.medium is Medium.ANY:
                    inspect_bytes(file, field=field, rules=rules)
                    pixels[sent.place] = 0
                else:
                    header = inspect_picture(file, field=field, rules=rules)
                    pixels[sent.place] = header.pixels
    return pixels


def fetch(fetcher: FileFetcher, sent: SentFile, staging: Staging) -> SentFile:
    """Return a file that was named by its URL as one that came with the request."""
    if not isinstance(sent.source, RemoteFile):
        return sent
    content = fetcher.fetch(sent.source.url, sent.place.pointer)
    file = staging.keep(f"fetched {sent.place.pointer}", content)
    return replace(sent, source=SentBytes(file))


def normalize(sent: SentFile, rules: IntakeRules, staging: Staging) -> StagedFile:
    """Keep a clean copy; to decode a picture takes up to seconds and 0.2 GB."""
    if not isinstance(sent.source, SentBytes):
        raise TypeError(f"{sent.place} is not there yet")
    clean = normalize_mask if sent.slot.is_mask else normalize_picture
    with pointing_at(sent.place):
        file, field = sent.source.file, sent.place.words
        copy: NormalizedPicture | KeptBytes
        if sent.slot.medium is Medium.ANY:
            copy = keep_bytes(file, field=field, rules=rules)
        else:
            copy = clean(file, field=field, rules=rules)
    kept = Input(media_type=copy.media_type, sha256=copy.sha256, facts=copy.facts)
    return StagedFile(sent.place, kept, staging.keep(copy.sha256, copy.content))


def take_from_catalogue(
    style_catalogue: StyleCatalogue, style: Style, place: Place, staging: Staging
) -> StagedFile:
    """Keep a copy of a painting of the library."""
    with in_library(style.id, place):
        content = style_catalogue.image(style.id)
    kept = Input(
        media_type=style.media_type,
        sha256=style.sha256,
        facts=style.facts,
        style_id=style.id,
    )
    return StagedFile(place, kept, staging.keep(style.sha256, content))


def require_fitting_masks(
    sent: Mapping[str, SentFile | Input], files: Mapping[Place, StagedFile]
) -> None:
    """Refuse a mask of a job that has not the shape of the picture it lies over.

    Raises:
        ProblemError: `mask_bad_aspect`.
    """
    places = {n: each.place for n, each in sent.items() if isinstance(each, SentFile)}
    for name, each in sent.items():
        if isinstance(each, Input) or each.slot.over is None:
            continue
        _, number = slot_and_number(name)
        over = input_name(each.slot.over, number)
        under = files[places[over if over in places else each.slot.over]]
        with pointing_at(each.place):
            require_same_aspect(
                files[each.place], under, field=each.place.words, over=under.place.words
            )


@contextmanager
def pointing_at(place: Place) -> Iterator[None]:
    """Let problems of a picture point to where this client wrote it."""
    try:
        yield
    except ProblemError as error:
        error.errors = [
            each.model_copy(update={"field": place.pointer}) for each in error.errors
        ]
        raise


@contextmanager
def in_library(style_id: str, place: Place) -> Iterator[None]:
    """Let the problem that a style is unknown point to where this client named it."""
    try:
        yield
    except StyleNotFoundError as error:
        detail = f"There is no style {style_id[:100]!r}; GET /v1/styles lists them."
        code = ProblemCode.STYLE_NOT_FOUND
        raise refuse(place.pointer, detail, code, actual=style_id) from error
