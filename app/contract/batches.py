"""A batch: every photograph in the manner of every painting."""

import re
import uuid
from datetime import datetime

from pydantic import BaseModel, ConfigDict, JsonValue

_BATCH_ID = re.compile(r"bat_[0-9a-f]{32}")

#: Contents times styles, at most.
MAX_BATCH_JOBS = 32


def new_batch_id() -> str:
    """Return an id that nobody can guess and nobody else will draw."""
    return f"bat_{uuid.uuid4().hex}"


def is_batch_id(text: str) -> bool:
    """Tell whether `text` has the form of a batch's id."""
    return _BATCH_ID.fullmatch(text) is not None


class Batch(BaseModel):
    """What the ledger keeps of a batch; its state is that of its jobs.

    Attributes:
        contents: how many photographs.
        styles: how many paintings.
        job_ids: row by row: all paintings of the first photograph, then the next.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    contents: int
    styles: int
    job_ids: tuple[str, ...]
    owner: str | None = None
    created_at: datetime | None = None
    metadata: dict[str, JsonValue] = {}
