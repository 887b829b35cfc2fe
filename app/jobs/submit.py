"""Submitting a job: from the files of a stranger to a bell that rings.

The steps stand here in the order in which they must happen: cheap ones first, and
nothing is stored before all have passed. Each is a function of ports and values, so
that the handler can choose the thread it runs in.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from pydantic import JsonValue

from app.contract.jobs import InputImage, Job, JobInput, NewJob, new_job_id
from app.contract.parameters import StyleTransferParameters
from app.contract.ports import (
    BlobStore,
    Doorbell,
    Ledger,
    LedgerUnavailableError,
    QueueFullError,
)
from app.contract.wire import upload_key
from app.intake import (
    IntakeRules,
    NormalizedPicture,
    inspect_picture,
    normalize_mask,
    normalize_picture,
    require_same_aspect,
)
from app.jobs.pictures import PictureSet, Place, places_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a client sent, its form being right; the pictures are not looked at yet."""

    pictures: PictureSet[BinaryIO]
    params: StyleTransferParameters
    metadata: dict[str, JsonValue]


def inspect_pictures(submission: Submission, rules: IntakeRules) -> int:
    """Refuse what the pictures' headers rule out; return the largest one's pixels."""
    headers = submission.pictures.map(
        lambda file, place: inspect_picture(file, field=place.words, rules=rules)
    )
    return max(header.pixels for header in headers)


def require_room(ledger: Ledger, queue_limit: int) -> None:
    """Refuse before the costly part what `Ledger.create` would refuse after it."""
    if (depth := ledger.queue_depth()) >= queue_limit:
        raise QueueFullError(depth, queue_limit)


def normalize_pictures(
    submission: Submission, rules: IntakeRules
) -> PictureSet[NormalizedPicture]:
    """Decode the pictures, one after the other; each takes up to seconds and 0.2 GB.

    The copies are as large as the job can use: a result larger than the usual copy has
    larger copies.
    """
    side_px = max(rules.stored_side_px, submission.params.size)
    rules = replace(rules, stored_side_px=side_px)

    def clean_copy(file: BinaryIO, place: Place) -> NormalizedPicture:
        normalize = normalize_mask if place.is_mask else normalize_picture
        return normalize(file, field=place.words, rules=rules)

    pictures = submission.pictures.map(clean_copy)
    _require_fitting_masks(pictures)
    return pictures


def input_of(pictures: PictureSet[NormalizedPicture]) -> JobInput:
    """Return how the pictures stand on the slip."""
    images = pictures.map(lambda picture, _: _input_image(picture))
    return JobInput(
        content=images.content,
        styles=images.styles,
        masks=images.masks,
        style_masks=images.style_masks,
        init=images.init,
    )


def enqueue(
    submission: Submission,
    pictures: PictureSet[NormalizedPicture],
    *,
    owner: str | None = None,
    blobs: BlobStore,
    ledger: Ledger,
    doorbell: Doorbell,
) -> Job:
    """Store the pictures, record the job, ring the bell: in this order.

    A crash after the first step leaves a picture that nobody names; after the second,
    a job whose bell the janitor rings.
    """
    for picture in pictures:
        blobs.put(upload_key(picture.sha256), picture.content)
    job = NewJob(
        id=new_job_id(),
        params=submission.params.resolve(len(pictures.styles)),
        input=input_of(pictures),
        metadata=submission.metadata,
        owner=owner,
    )
    # False means that a retried command had already recorded this very job.
    ledger.create(job)
    try:
        doorbell.ring(job.id)
    except LedgerUnavailableError as error:
        _log.warning("bell not heard job_id=%s: %s", job.id, error)
    return ledger.get(job.id)


def _require_fitting_masks(pictures: PictureSet[NormalizedPicture]) -> None:
    """Refuse a mask that has not the shape of the picture it lies over."""
    count = len(pictures.styles)
    contents = [pictures.content] * count
    _require_fitting("mask", pictures.masks, contents, [Place("content")] * count)
    over = places_of("style", count)
    _require_fitting("style_mask", pictures.style_masks, pictures.styles, over)


def _require_fitting(
    name: str,
    masks: Sequence[NormalizedPicture | None],
    pictures: Sequence[NormalizedPicture],
    over: Sequence[Place],
) -> None:
    places = places_of(name, len(masks), is_mask=True)
    # There may be fewer masks than pictures.
    for mask, place, picture, under in zip(masks, places, pictures, over, strict=False):
        if mask is not None:
            require_same_aspect(mask, picture, field=place.words, over=under.words)


def _input_image(picture: NormalizedPicture) -> InputImage:
    return InputImage(
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
    )
