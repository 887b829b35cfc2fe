"""Whom a client wants told about a job, and of which events."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class WebhookEvent(StrEnum):
    """What a webhook may tell; the words stand in the outbox and in `type`."""

    STARTED = "job.started"
    SUCCEEDED = "job.succeeded"
    FAILED = "job.failed"
    CANCELED = "job.canceled"


DEFAULT_WEBHOOK_EVENTS = (
    WebhookEvent.SUCCEEDED,
    WebhookEvent.FAILED,
    WebhookEvent.CANCELED,
)


class Webhook(BaseModel):
    """Where news of one job go. The secret is never shown again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(max_length=2048, description="https://...")]
    secret: Annotated[
        str | None,
        Field(
            pattern=r"^whsec_[A-Za-z0-9+/=]{24,128}$",
            description="Signs the messages (Standard Webhooks); the service's own "
            "secret if left out.",
        ),
    ] = None
    events: Annotated[
        tuple[WebhookEvent, ...],
        Field(min_length=1, description="Those to tell; the three ends if left out."),
    ] = DEFAULT_WEBHOOK_EVENTS
