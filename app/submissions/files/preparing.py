"""From files as they were sent to clean copies: cheap checks first, for all of them.

Nothing is stored here. Each step is a function of ports and values that may take time;
`prepare` lets each run in a thread when it is its turn.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from anyio.to_thread import run_sync
from pydantic import JsonValue

from app.contract.inputs import Input, input_name, slot_and_number
from app.contract.messages.webhooks import Webhook
from app.contract.styles import Style
from app.contract.uploads import Upload
from app.intake import (
    ANY_BYTES,
    LOOKS,
    NEVER_OPENED,
    IntakeRules,
    Known,
    NormalizedPicture,
    inspect_picture,
    most_bytes,
    normalize_mask,
    normalize_picture,
    require_same_aspect,
)
from app.problems import ProblemError, refuse, too_large
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.files.decode_limiter import decode_slot
from app.submissions.files.library_pictures import look_up, take_from_catalogue
from app.submissions.files.sources import (
    FileFetcher,
    Place,
    RemoteFile,
    SentBytes,
    SentFile,
    UploadedFile,
)
from app.submissions.files.staging import StagedFile, Staging
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
    looked = await run_sync(inspect, sent, rules)
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
    looked |= await run_sync(inspect, (*opened, *fetched), rules)
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
        elif (known := looked[place].known) is None:
            pixels = looked[place].pixels
            copy = await _decode(deps, each, pixels, rules, staging)
            staged[place] = replace(copy, upload=uploads.get(place))
        elif place in uploads:
            staged[place] = as_stored(place, uploads[place], known)
        else:
            staged[place] = await run_sync(keep, each, known, staging)
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
            most, size = most_bytes(sent.slot.medium, rules), upload.size_bytes
            if size == 0 and sent.slot.medium in LOOKS:
                raise refuse(place.pointer, f"{place.words} has no bytes.")
            if most is not None and size > most:
                detail = f"{place.words} has {size} bytes; {most} are allowed."
                raise too_large(detail, most, size, pointer=place.pointer)
    return found


def open_upload(
    uploaded: Uploads, sent: SentFile, upload: Upload, staging: Staging
) -> SentFile:
    """Return an upload that must be looked at as a file that came with the request."""
    if sent.slot.medium in NEVER_OPENED:
        return sent
    return replace(sent, source=SentBytes(staging.enter_context(uploaded.open(upload))))


def as_stored(place: Place, upload: Upload, known: Known | None = None) -> StagedFile:
    """Return an upload of which no copy is made: what is stored is what is kept.

    Args:
        place: where it was named.
        upload: that is whole.
        known: of it; nothing if nobody looks into such files.
    """
    if known is None:
        known = Known(ANY_BYTES, {"bytes": upload.size_bytes})
    kept = Input(
        media_type=known.media_type, sha256=str(upload.sha256), facts=known.facts
    )
    return StagedFile(place, kept, file=None, upload=upload)


class Looked(NamedTuple):
    """What was seen of a file.

    Attributes:
        pixels: of a picture.
        known: of what is kept as it came.
    """

    pixels: int = 0
    known: Known | None = None


def inspect(files: Iterable[SentFile], rules: IntakeRules) -> dict[Place, Looked]:
    """Return what there is to see of each file that came with the request."""
    looked = {}
    for sent in files:
        if isinstance(sent.source, SentBytes):
            file, field = sent.source.file, sent.place.words
            with pointing_at(sent.place):
                look = LOOKS.get(sent.slot.medium)
                if look is not None:
                    looked[sent.place] = Looked(known=look(file, field, rules))
                else:
                    header = inspect_picture(file, field=field, rules=rules)
                    looked[sent.place] = Looked(pixels=header.pixels)
    return looked


def keep(sent: SentFile, known: Known, staging: Staging) -> StagedFile:
    """Keep a file as it came."""
    if not isinstance(sent.source, SentBytes):
        raise TypeError(f"{sent.place} is not there yet")
    sent.source.file.seek(0)
    content = sent.source.file.read()
    sha256 = hashlib.sha256(content).hexdigest()
    kept = Input(media_type=known.media_type, sha256=sha256, facts=known.facts)
    return StagedFile(sent.place, kept, staging.keep(sha256, content))


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
        copy: NormalizedPicture = clean(
            sent.source.file, field=sent.place.words, rules=rules
        )
    kept = Input(media_type=copy.media_type, sha256=copy.sha256, facts=copy.facts)
    return StagedFile(sent.place, kept, staging.keep(copy.sha256, copy.content))


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
