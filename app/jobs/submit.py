"""Submitting a job: from two files of a stranger to a bell that rings.

The steps stand here in the order in which they must happen: cheap ones first, and
nothing is stored before all have passed. Each is a function of ports and values, so
that the handler can choose the thread it runs in.
"""

import logging
from dataclasses import dataclass
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
    normalize_picture,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a client sent, its form being right; the pictures are not looked at yet."""

    content: BinaryIO
    style: BinaryIO
    params: StyleTransferParameters
    metadata: dict[str, JsonValue]


@dataclass(frozen=True)
class Pictures:
    """The clean copies."""

    content: NormalizedPicture
    style: NormalizedPicture

    @property
    def as_input(self) -> JobInput:
        """How the pictures stand on the slip."""
        return JobInput(
            content=_input_image(self.content), styles=(_input_image(self.style),)
        )


def inspect_pictures(submission: Submission, rules: IntakeRules) -> int:
    """Refuse what the pictures' headers rule out; return the larger one's pixels."""
    content = inspect_picture(submission.content, field="content", rules=rules)
    style = inspect_picture(submission.style, field="style", rules=rules)
    return max(content.pixels, style.pixels)


def require_room(ledger: Ledger, queue_limit: int) -> None:
    """Refuse before the costly part what `Ledger.create` would refuse after it."""
    if (depth := ledger.queue_depth()) >= queue_limit:
        raise QueueFullError(depth, queue_limit)


def normalize_pictures(submission: Submission, rules: IntakeRules) -> Pictures:
    """Decode both pictures, one after the other; takes up to seconds and 0.2 GB."""
    return Pictures(
        normalize_picture(submission.content, field="content", rules=rules),
        normalize_picture(submission.style, field="style", rules=rules),
    )


def enqueue(
    submission: Submission,
    pictures: Pictures,
    *,
    blobs: BlobStore,
    ledger: Ledger,
    doorbell: Doorbell,
) -> Job:
    """Store the pictures, record the job, ring the bell: in this order.

    A crash after the first step leaves a picture that nobody names; after the second,
    a job whose bell the janitor rings.
    """
    for picture in (pictures.content, pictures.style):
        blobs.put(upload_key(picture.sha256), picture.content)
    job = NewJob(
        id=new_job_id(),
        params=submission.params.resolve(),
        input=pictures.as_input,
        metadata=submission.metadata,
    )
    # False means that a retried command had already recorded this very job.
    ledger.create(job)
    try:
        doorbell.ring(job.id)
    except LedgerUnavailableError as error:
        _log.warning("bell not heard job_id=%s: %s", job.id, error)
    return ledger.get(job.id)


def _input_image(picture: NormalizedPicture) -> InputImage:
    return InputImage(
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
    )
