"""The outbox: webhook messages that are due, and the log of those that were sent.

The ledger puts a message in, in the same atomic step that changes the job; so none is
lost, and none is sent for a change that did not happen.
"""

from typing import NamedTuple, Protocol

from app.contract.messages.deliveries import Delivery
from app.contract.messages.webhooks import WebhookEvent


class DueDelivery(NamedTuple):
    """A delivery that one process may try now; `token` proves that it is the one."""

    delivery: Delivery
    token: str


class Outbox(Protocol):
    """Due messages with leases: no two processes send the same try at once."""

    def take(self, lease_s: float) -> DueDelivery | None:
        """Take the message that has been due for longest; None if none is.

        If it is not settled within `lease_s`, another process may take it.
        """

    def settle(
        self, due: DueDelivery, tried: Delivery, retry_in_s: float | None
    ) -> bool:
        """Log a try; the message is due again in `retry_in_s`, or done if None.

        False, and nothing is changed, if the lease is lost or the job was deleted.
        """

    def drop(self, due: DueDelivery) -> None:
        """Forget the messages of a job that is gone."""

    def deliveries(self, job_id: str) -> list[Delivery]:
        """Return the log of a job in the order of its events; [] if there is none."""

    def redeliver(self, job_id: str, event: WebhookEvent) -> bool:
        """Make a message due at once, with a new series of tries.

        Nothing is changed while a try is under way. False if there is no such
        delivery.
        """

    def needs_bell(self) -> bool:
        """Tell whether a message is due that nobody has taken or was rung for."""


class WebhookBell(Protocol):
    """Tells the webhooks' process to look at the outbox; a lost ring is repeated."""

    def ring(self) -> None:
        """Ring once; raise LedgerUnavailableError if nobody can hear it."""
