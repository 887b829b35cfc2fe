"""What a webhook says: the event, when it happened, and the job as GET shows it."""

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from app.contract.jobs import Job
from app.contract.kind import Kinds
from app.contract.messages.webhooks import WebhookEvent
from app.contract.views.jobs import JobView

#: Receivers may refuse longer ones; the specification advises less than 20 kB.
MAX_BODY_BYTES = 20_000


@dataclass(frozen=True)
class _Links:
    """The URLs of a job without anybody's token: receivers have a key of their own."""

    origin: str

    def job(self, job_id: str, suffix: str = "") -> str:
        return f"{self.origin}/v1/jobs/{job_id}{suffix}"


def _rendered(job: Job, kinds: Kinds) -> dict[str, JsonValue]:
    """Return the job as GET shows it, with URLs as its submitter reached the service.

    A job that does not say how it was reached has paths in their place.
    """
    view = JobView.of(job, _Links(job.origin or ""), kinds)
    rendered: dict[str, JsonValue] = view.model_dump(mode="json", by_alias=True)
    return rendered


def message_body(event: WebhookEvent, job: Job, kinds: Kinds) -> bytes:
    """Return the JSON of a message.

    Only the client's own metadata can be long; where they are too long, they are left
    out and `truncated` says so.
    """
    data = _rendered(job, kinds)
    message: dict[str, JsonValue] = {
        "type": event,
        "timestamp": _text(_time_of(event, job)),
        "data": data,
    }
    body = _encoded(message)
    if len(body) >= MAX_BODY_BYTES:
        whole = {**message, "data": {**data, "metadata": {}}}
        body = _encoded({**whole, "truncated": ["metadata"]})
    return body


def _time_of(event: WebhookEvent, job: Job) -> datetime:
    """Return when the event happened; equal in every try."""
    at = job.started_at if event is WebhookEvent.STARTED else job.completed_at
    return at or job.created_at


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _encoded(message: dict[str, JsonValue]) -> bytes:
    text = json.dumps(
        message, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )
    # Metadata may hold half a surrogate pair, which UTF-8 cannot write; the backslash
    # and what follows it is what JSON would have written.
    return text.encode("utf-8", "backslashreplace")
