"""A job's deliveries as clients see them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from app.contract.jobs import Job
from app.contract.messages.deliveries import Delivery, DeliveryAttempt, DeliveryState
from app.contract.messages.webhooks import WebhookEvent


class DeliveryView(BaseModel):
    """One message of a webhook, and every try to bring it."""

    n: Annotated[int, Field(description="Its number within the job, from 0.")]
    id: Annotated[
        str,
        Field(
            description="The `webhook-id`, equal in every try.",
            examples=["msg_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d"],
        ),
    ]
    type: WebhookEvent
    url: Annotated[str, Field(description="Where it goes.")]
    state: DeliveryState
    attempts: Annotated[
        tuple[DeliveryAttempt, ...], Field(description="The last ones, oldest first.")
    ]
    next_attempt_at: Annotated[
        datetime | None,
        Field(description="null while a try is under way and when none will follow."),
    ]

    @classmethod
    def of(cls, number: int, delivery: Delivery, job: Job) -> Self:
        """Return the view of the job's delivery of this number."""
        return cls(
            n=number,
            id=delivery.id,
            type=delivery.event,
            url="" if job.webhook is None else job.webhook.url,
            state=delivery.state,
            attempts=delivery.attempts,
            next_attempt_at=delivery.next_attempt_at,
        )


class DeliveryListView(BaseModel):
    """All deliveries of a job, in the order of their events."""

    data: list[DeliveryView]
