"""Names that two processes must agree on: the task, its queue, the keys of blobs."""

from pydantic import BaseModel, ConfigDict

from app.contract.artifacts import RESULT
from app.contract.jobs import EarlyEnd
from app.contract.kind import Lane

#: Raised when an old worker could misread a new message. It is part of the queue's
#: name: workers of another version never hear the bell.
WIRE_VERSION = 4

TASK_NAME = "impasto.paint"
QUEUE_NAME = f"impasto.paint.{WIRE_VERSION}"
#: A worker that serves one lane must not hear the other's bells: each would be lost.
QUEUE_NAMES = {Lane.SHORT: f"{QUEUE_NAME}.{Lane.SHORT}", Lane.LONG: QUEUE_NAME}

#: The bell of the outbox carries nothing: it says that a message is due.
WEBHOOK_TASK_NAME = "impasto.deliver"
WEBHOOK_QUEUE_NAME = f"impasto.webhooks.{WIRE_VERSION}"


class Bell(BaseModel):
    """All that Celery carries: which job to look at. The ledger has the rest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    job_id: str


def upload_key(sha256: str) -> str:
    """Return the key of an input as it is stored."""
    return f"uploads/{sha256}"


def part_key(upload_id: str, name: str) -> str:
    """Return the key of a part of an upload that is not whole; Lua makes it too."""
    return f"{PARTS_FOLDER}/{upload_id}/{name}"


def result_key(job_id: str, attempt: int, media_type: str, name: str = RESULT) -> str:
    """Return a key that no other attempt writes: a late one cannot overwrite.

    That of the result ends in what the media type calls the format: `png`, `mp4`.

    Args:
        job_id: whose.
        attempt: that made it.
        media_type: of the file.
        name: of the artifact; another one than the result has a file's, in lower case.
    """
    if name != RESULT:
        return f"results/{job_id}/{attempt}-{name}"
    return f"results/{job_id}/{attempt}.{ending_of(media_type)}"


def ending_of(media_type: str) -> str:
    """Return how the name of a file of this media type ends, without a dot."""
    subtype = media_type.partition("/")[2].partition(";")[0].strip().lower()
    ending = subtype.removeprefix("x-")
    is_plain = ending.isascii() and ending.isalnum()
    return ending if is_plain else "bin"


def preview_key(job_id: str, attempt: int, step: int) -> str:
    """Return the key of a preview; a later attempt may come by the same step."""
    return f"previews/{job_id}/{attempt}-{step}.jpg"


#: The folders of what is kept of jobs beside the ledger.
JOBS_FOLDER = "jobs"
BATCHES_FOLDER = "batches"
PARTS_FOLDER = "parts"
CHECKPOINTS_FOLDER = "checkpoints"


def job_record_key(job_id: str) -> str:
    """Return the key of a job as it was accepted."""
    return f"{JOBS_FOLDER}/{job_id}/job.json"


def end_key(job_id: str) -> str:
    """Return the key of how a job ended."""
    return f"{JOBS_FOLDER}/{job_id}/end.json"


def early_end_key(job_id: str, asked: EarlyEnd) -> str:
    """Return the key of a cancel or finish that was asked; `forget.lua` makes it too.

    One key each: of two that are asked at once neither takes the other's place.
    """
    return f"{JOBS_FOLDER}/{job_id}/{asked}.json"


def commands_key(job_id: str) -> str:
    """Return the key of what else was asked of a job; `forget.lua` makes it too."""
    return f"{JOBS_FOLDER}/{job_id}/commands.json"


def batch_key(batch_id: str) -> str:
    """Return the key of a batch."""
    return f"{BATCHES_FOLDER}/{batch_id}.json"


def checkpoint_key(job_id: str, attempt: int) -> str:
    """Return the key of an attempt's newest checkpoint; `common.lua` makes it too."""
    return f"{CHECKPOINTS_FOLDER}/{job_id}/{attempt}"


def older_state_key(job_id: str, attempt: int, step: int) -> str:
    """Return the key of a state that an attempt keeps on its way, for branches."""
    return f"{CHECKPOINTS_FOLDER}/{job_id}/{attempt}-{step}"


def last_state_key(job_id: str, attempt: int) -> str:
    """Return the key of the state in which an attempt has ended its job.

    Not that of its checkpoints: until the end is committed nobody may go on from it.
    """
    return f"{CHECKPOINTS_FOLDER}/{job_id}/{attempt}-last"


def newest_checkpoint_key(job_id: str) -> str:
    """Return the key of what names a job's newest checkpoint; likewise."""
    return f"{CHECKPOINTS_FOLDER}/{job_id}/newest.json"
