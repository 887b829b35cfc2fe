"""From pictures as they were sent to clean copies: cheap checks first, for all of them.

Nothing is stored here. Each step is a function of ports and values that may take time;
`prepare` lets each run in a thread when it is its turn.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from anyio.to_thread import run_sync
from pydantic import JsonValue

from app.contract.inputs import Input
from app.contract.ports import StyleCatalogue, StyleNotFoundError
from app.contract.styles import Style
from app.contract.webhooks import Webhook
from app.intake import (
    IntakeRules,
    inspect_picture,
    normalize_mask,
    normalize_picture,
)
from app.problems import ProblemCode, ProblemError
from app.submissions.decode_limiter import decode_slot
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.pictures import Place
from app.submissions.refusals import refuse
from app.submissions.sources import (
    LibraryPicture,
    PictureFetcher,
    RemotePicture,
    SentPicture,
    Upload,
)
from app.submissions.staging import StagedPicture, Staging


class Prepared(NamedTuple):
    """What passed every check."""

    pictures: dict[Place, StagedPicture]
    webhook: Webhook | None


async def prepare(
    deps: SubmissionDependencies,
    pictures: Sequence[SentPicture],
    *,
    webhook: JsonValue,
    side_px: int,
    staging: Staging,
) -> Prepared:
    """Return clean copies of all pictures, and the webhook.

    Args:
        deps: ports, rules and limiters.
        pictures: as sent; their places differ.
        webhook: as sent; null for none.
        side_px: long side of the largest result that will be made of them.
        staging: keeps the copies.

    Raises:
        ProblemError: With the first rule that one of them breaks.
    """
    rules = deps.intake
    accepted = None
    if webhook is not None:
        accepted = await run_sync(deps.accept_webhook, webhook, limiter=deps.errands)
    styles = await run_sync(look_up, deps.style_catalogue, pictures)
    pixels = await run_sync(inspect, pictures, rules)
    fetched = [
        await run_sync(fetch, deps.fetcher, each, staging, limiter=deps.errands)
        for each in pictures
        if isinstance(each.source, RemotePicture)
    ]
    pixels |= await run_sync(inspect, fetched, rules)
    # The copies are as large as the jobs can use: a result larger than the usual copy
    # has larger copies.
    rules = replace(rules, stored_side_px=max(rules.stored_side_px, side_px))
    brought = {each.place: each for each in (*pictures, *fetched)}
    staged = {}
    for place, sent in brought.items():
        if place in styles:
            staged[place] = await run_sync(
                take_from_catalogue, deps.style_catalogue, styles[place], place, staging
            )
        else:
            staged[place] = await _decode(deps, sent, pixels[place], rules, staging)
    return Prepared(staged, accepted)


async def _decode(
    deps: SubmissionDependencies,
    sent: SentPicture,
    pixels: int,
    rules: IntakeRules,
    staging: Staging,
) -> StagedPicture:
    """Decode when it is this picture's turn."""
    decodes, large_decodes = deps.decodes, deps.large_decodes
    async with decode_slot(decodes, large_decodes, pixels):
        return await run_sync(normalize, sent, rules, staging, limiter=decodes)


def look_up(
    style_catalogue: StyleCatalogue, pictures: Iterable[SentPicture]
) -> dict[Place, Style]:
    """Return those of the library, by their places."""
    found = {}
    for sent in pictures:
        if isinstance(sent.source, LibraryPicture):
            with _found(sent.source.style_id, sent.place):
                found[sent.place] = style_catalogue.get(sent.source.style_id)
    return found


def inspect(pictures: Iterable[SentPicture], rules: IntakeRules) -> dict[Place, int]:
    """Refuse what the uploads' headers rule out; return their numbers of pixels."""
    pixels = {}
    for sent in pictures:
        if isinstance(sent.source, Upload):
            with pointing_at(sent.place):
                file, words = sent.source.file, sent.place.words
                pixels[sent.place] = inspect_picture(
                    file, field=words, rules=rules
                ).pixels
    return pixels


def fetch(fetcher: PictureFetcher, sent: SentPicture, staging: Staging) -> SentPicture:
    """Return a picture that was named by its URL as one that was uploaded."""
    if not isinstance(sent.source, RemotePicture):
        return sent
    content = fetcher.fetch(sent.source.url, sent.place.pointer)
    file = staging.keep(f"fetched {sent.place.pointer}", content)
    return replace(sent, source=Upload(file))


def normalize(sent: SentPicture, rules: IntakeRules, staging: Staging) -> StagedPicture:
    """Decode an upload and keep its clean copy: takes up to seconds and 0.2 GB."""
    if not isinstance(sent.source, Upload):
        raise TypeError(f"{sent.place} is not there yet")
    clean = normalize_mask if sent.place.is_mask else normalize_picture
    with pointing_at(sent.place):
        picture = clean(sent.source.file, field=sent.place.words, rules=rules)
    image = Input(
        media_type=picture.media_type,
        sha256=picture.sha256,
        facts={"width": picture.width, "height": picture.height},
    )
    file = staging.keep(picture.sha256, picture.content)
    return StagedPicture(sent.place, image, file)


def take_from_catalogue(
    style_catalogue: StyleCatalogue, style: Style, place: Place, staging: Staging
) -> StagedPicture:
    """Keep a copy of a painting of the library."""
    with _found(style.id, place):
        content = style_catalogue.image(style.id)
    image = Input(
        media_type=style.media_type,
        sha256=style.sha256,
        facts={"width": style.width, "height": style.height},
        style_id=style.id,
    )
    return StagedPicture(place, image, staging.keep(style.sha256, content))


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
def _found(style_id: str, place: Place) -> Iterator[None]:
    try:
        yield
    except StyleNotFoundError as error:
        detail = f"There is no style {style_id[:100]!r}; GET /v1/styles lists them."
        code = ProblemCode.STYLE_NOT_FOUND
        raise refuse(place.pointer, detail, code, actual=style_id) from error
