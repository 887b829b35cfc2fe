"""What a webhook says: the event, when it happened, and the job as GET shows it."""

import json
from collections.abc import Callable
from datetime import datetime

from pydantic import JsonValue

from app.contract.jobs import Job
from app.contract.webhooks import WebhookEvent

#: Receivers may refuse longer ones; the specification advises less than 20 kB.
MAX_BODY_BYTES = 20_000

#: Returns the JSON of `GET /v1/jobs/{id}`.
Render = Callable[[Job], dict[str, JsonValue]]


def message_body(event: WebhookEvent, job: Job, render: Render) -> bytes:
    """Return the JSON of a message, in ASCII.

    Only the client's own metadata can be long; where they are too long, they are left
    out and `truncated` says so.
    """
    data = render(job)
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
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
