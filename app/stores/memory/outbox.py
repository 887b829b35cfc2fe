"""The outbox in memory: the same promises for one process and any number of threads."""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from app.contract.deliveries import Delivery, DeliveryState, in_order
from app.contract.ports import DueDelivery
from app.contract.webhooks import WebhookEvent
from app.stores.memory.messages import Lease, MemoryMessages


class MemoryOutbox:
    """Implements the `Outbox` port."""

    def __init__(
        self,
        due: MemoryMessages | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Share the ledger's messages.

        Args:
            due: The messages; the ledger adds some, and forgets those of a job.
            clock: Seconds since 1970.
        """
        self.due = MemoryMessages() if due is None else due
        self._clock = clock
        self._lock = threading.Lock()

    def put(self, job_id: str, event: WebhookEvent) -> None:
        """Do what the ledger does when a job changes."""
        self.due[f"{job_id}:{event}"] = self._clock()

    def take(self, lease_s: float) -> DueDelivery | None:
        """Take the message that has been due for longest; None if none is."""
        with self._lock:
            now_s = self._clock()
            for due_s, member in sorted((s, member) for member, s in self.due.items()):
                if due_s > now_s:
                    break
                lease = self.due.leases.get(member)
                if lease is None or lease.end_s <= now_s:
                    return self._lend(member, now_s + lease_s)
                self.due[member] = lease.end_s
        return None

    def _lend(self, member: str, end_s: float) -> DueDelivery:
        token = secrets.token_hex(8)
        self.due[member] = end_s
        self.due.leases[member] = Lease(token, end_s)
        delivery = self._logged(member).model_copy(
            update={"state": DeliveryState.PENDING}
        )
        self.due.log[member] = delivery
        return DueDelivery(delivery, token)

    def settle(
        self, due: DueDelivery, tried: Delivery, retry_in_s: float | None
    ) -> bool:
        """Log a try; the message is due again in `retry_in_s`, or done if None."""
        member = f"{tried.job_id}:{tried.event}"
        with self._lock:
            lease = self.due.leases.get(member)
            if lease is None or lease.token != due.token or member not in self.due:
                return False
            del self.due.leases[member]
            self.due.log[member] = tried
            if retry_in_s is None:
                del self.due[member]
            else:
                self.due[member] = self._clock() + retry_in_s
        return True

    def drop(self, due: DueDelivery) -> None:
        """Forget the messages of a job that is gone."""
        with self._lock:
            self.due.forget(due.delivery.job_id)

    def deliveries(self, job_id: str) -> list[Delivery]:
        """Return the log of a job in the order of its events; [] if there is none."""
        members = [f"{job_id}:{event}" for event in WebhookEvent]
        with self._lock:
            return in_order(
                self._logged(member).model_copy(
                    update={"next_attempt_at": self._next(member)}
                )
                for member in members
                if member in self.due.log or member in self.due
            )

    def redeliver(self, job_id: str, event: WebhookEvent) -> bool:
        """Make a message due at once, with a new series of tries."""
        member = f"{job_id}:{event}"
        with self._lock:
            if member not in self.due.log and member not in self.due:
                return False
            lease = self.due.leases.get(member)
            if lease is None or lease.end_s <= self._clock():
                self.due.leases.pop(member, None)
                self.due.log[member] = self._logged(member).model_copy(
                    update={"state": DeliveryState.PENDING, "tries": 0}
                )
                self.due[member] = self._clock()
        return True

    def needs_bell(self) -> bool:
        """Tell whether a message is due that nobody has taken; memory has no broker."""
        with self._lock:
            return any(due_s <= self._clock() for due_s in self.due.values())

    def _logged(self, member: str) -> Delivery:
        job_id, event = member.split(":")
        fresh = Delivery(job_id=job_id, event=WebhookEvent(event))
        return self.due.log.get(member, fresh)

    def _next(self, member: str) -> datetime | None:
        if member not in self.due or member in self.due.leases:
            return None
        return datetime.fromtimestamp(self.due[member], UTC)
