"""The outbox in memory: the same promises for one process and any number of threads."""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from app.contract.deliveries import Delivery, DeliveryState, in_order
from app.contract.ports import DueDelivery
from app.contract.webhooks import WebhookEvent


class _Lease(NamedTuple):
    token: str
    end_s: float


class MemoryOutbox:
    """Implements the `Outbox` port."""

    def __init__(
        self,
        due: dict[str, float] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Share the ledger's messages.

        Args:
            due: `<job id>:<event>` and the second in which it is due; the ledger adds.
            clock: Seconds since 1970.
        """
        self.due: dict[str, float] = {} if due is None else due
        self._clock = clock
        self._log: dict[str, Delivery] = {}
        self._leases: dict[str, _Lease] = {}
        self._lock = threading.Lock()

    def put(self, job_id: str, event: WebhookEvent) -> None:
        """Do what the ledger does when a job changes."""
        self.due[f"{job_id}:{event}"] = self._clock()

    def take(self, lease_s: float) -> DueDelivery | None:
        """Take the message that has been due for longest; None if none is."""
        with self._lock:
            now_s = self._clock()
            for member, due_s in sorted(self.due.items(), key=lambda item: item[1]):
                if due_s > now_s:
                    break
                lease = self._leases.get(member)
                if lease is None or lease.end_s <= now_s:
                    return self._lend(member, now_s + lease_s)
                self.due[member] = lease.end_s
        return None

    def _lend(self, member: str, end_s: float) -> DueDelivery:
        token = secrets.token_hex(8)
        self.due[member] = end_s
        self._leases[member] = _Lease(token, end_s)
        delivery = self._logged(member).model_copy(
            update={"state": DeliveryState.PENDING}
        )
        self._log[member] = delivery
        return DueDelivery(delivery, token)

    def settle(
        self, due: DueDelivery, tried: Delivery, retry_in_s: float | None
    ) -> bool:
        """Log a try; the message is due again in `retry_in_s`, or done if None."""
        member = f"{tried.job_id}:{tried.event}"
        with self._lock:
            lease = self._leases.get(member)
            if lease is None or lease.token != due.token or member not in self.due:
                return False
            del self._leases[member]
            self._log[member] = tried
            if retry_in_s is None:
                del self.due[member]
            else:
                self.due[member] = self._clock() + retry_in_s
        return True

    def drop(self, due: DueDelivery) -> None:
        """Forget a message whose job is gone."""
        member = f"{due.delivery.job_id}:{due.delivery.event}"
        with self._lock:
            for kept in (self.due, self._leases, self._log):
                kept.pop(member, None)

    def deliveries(self, job_id: str) -> list[Delivery]:
        """Return the log of a job in the order of its events; [] if there is none."""
        members = [f"{job_id}:{event}" for event in WebhookEvent]
        with self._lock:
            return in_order(
                self._logged(member).model_copy(
                    update={"next_attempt_at": self._next(member)}
                )
                for member in members
                if member in self._log or member in self.due
            )

    def redeliver(self, job_id: str, event: WebhookEvent) -> bool:
        """Make a message due at once, with a new series of tries."""
        member = f"{job_id}:{event}"
        with self._lock:
            if member not in self._log and member not in self.due:
                return False
            lease = self._leases.get(member)
            if lease is None or lease.end_s <= self._clock():
                self._leases.pop(member, None)
                self._log[member] = self._logged(member).model_copy(
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
        return self._log.get(member, fresh)

    def _next(self, member: str) -> datetime | None:
        if member not in self.due or member in self._leases:
            return None
        return datetime.fromtimestamp(self.due[member], UTC)
