"""The log of a webhook: what was sent to whom, how it went, and what comes next."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.contract.messages.webhooks import WebhookEvent

#: So many tries of one delivery are kept, the last ones.
MAX_LOGGED_ATTEMPTS = 8


class DeliveryState(StrEnum):
    """Whether a message still has to be sent."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliveryAttempt(BaseModel):
    """One try: `status_code` is None if no answer came, `error` if it was a 2xx."""

    model_config = ConfigDict(frozen=True)

    at: Annotated[datetime, Field(description="When it was sent.")]
    status_code: Annotated[
        int | None, Field(description="Of the answer; null if none came.")
    ]
    error: Annotated[
        str | None, Field(description="What went wrong; null if it arrived.")
    ]
    duration_seconds: Annotated[
        float, Field(description="Until the answer, or the failure.")
    ]


class Delivery(BaseModel):
    """One event of one job, on its way to the client.

    Attributes:
        event: what it tells.
        state: whether it has arrived.
        tries: how often it was sent since it was last due; the schedule counts them.
        attempts: the last ones of all tries, the oldest first.
        next_attempt_at: None while a try is under way and after the last one.
    """

    model_config = ConfigDict(frozen=True)

    job_id: str
    event: WebhookEvent
    state: DeliveryState = DeliveryState.PENDING
    tries: int = 0
    attempts: tuple[DeliveryAttempt, ...] = ()
    next_attempt_at: datetime | None = None

    @property
    def id(self) -> str:
        """The message's id, equal in every try: receivers tell repetitions by it.

        Drawn from job and event, so that not even a lost log changes it.
        """
        text = f"{self.job_id}:{self.event}"
        return f"msg_{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def after(
        self, attempt: DeliveryAttempt, state: DeliveryState = DeliveryState.PENDING
    ) -> "Delivery":
        """Return the delivery with one more try behind it."""
        attempts = (*self.attempts, attempt)[-MAX_LOGGED_ATTEMPTS:]
        return self.model_copy(
            update={"state": state, "tries": self.tries + 1, "attempts": attempts}
        )


def in_order(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return a job's deliveries in the order of their events, which is that of time.

    A job starts before it ends, and ends in one way: a delivery's place in this list
    never changes.
    """
    order = list(WebhookEvent)
    return sorted(deliveries, key=lambda delivery: order.index(delivery.event))
