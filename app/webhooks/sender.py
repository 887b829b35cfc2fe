"""Takes what is due out of the outbox and brings it to the clients, one at a time.

It knows no Celery and no sockets: both are arguments. This is the one place that
catches broadly, so that a message that we cannot make does not stand in the way of the
others for ever.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

from app.contract.jobs import Job
from app.contract.kind import Kinds
from app.contract.messages.deliveries import Delivery, DeliveryAttempt, DeliveryState
from app.contract.messages.webhooks import Webhook
from app.contract.ports import DueDelivery, JobNotFoundError, Ledger, Outbox
from app.outbound import OutboundError, Reply
from app.webhooks.messages import message_body
from app.webhooks.schedule import Draw, pause_s, read_retry_after
from app.webhooks.signatures import parse_secret, signature_headers

_log = logging.getLogger(__name__)

#: Longer than a try can take; then another process takes the message up again.
LEASE_S = 45.0
_JSON = {"Content-Type": "application/json"}

#: Sends a body with headers to a URL, or raises OutboundError.
Post = Callable[[str, bytes, Mapping[str, str]], Reply]


@dataclass(frozen=True, kw_only=True)
class WebhookSender:
    """Delivers messages; any number of threads and processes may do so at once."""

    #: Say how their jobs are shown.
    kinds: Kinds
    outbox: Outbox
    ledger: Ledger
    post: Post
    #: Those of the service, the newest first; a job's own one replaces them.
    keys: tuple[bytes, ...]
    draw: Draw
    clock: Callable[[], float] = time.time
    #: Set when the process must leave: no new try is begun.
    stopping: threading.Event = field(default_factory=threading.Event)

    def deliver_all(self) -> int:
        """Send until nothing is due; return how many messages were tried.

        Raises:
            LedgerUnavailableError: What is under way is taken up after its lease.
        """
        tried = 0
        while not self.stopping.is_set() and self.deliver_next():
            tried += 1
        return tried

    def deliver_next(self) -> bool:
        """Try the message that has been due for longest; False if none is."""
        due = self.outbox.take(LEASE_S)
        if due is None:
            return False
        try:
            job = self.ledger.get(due.delivery.job_id)
        except JobNotFoundError:
            self.outbox.drop(due)
            return True
        if job.webhook is None:
            self.outbox.drop(due)
        else:
            self._try(due, job, job.webhook)
        return True

    def _try(self, due: DueDelivery, job: Job, webhook: Webhook) -> None:
        began_s, start = self.clock(), time.monotonic()
        reply, error = self._send(due.delivery, job, webhook, int(began_s))
        attempt = DeliveryAttempt(
            at=datetime.fromtimestamp(began_s, UTC),
            status_code=None if reply is None else reply.status,
            error=error,
            duration_seconds=round(time.monotonic() - start, 3),
        )
        tried, retry_in_s = self._judge(due.delivery, attempt, reply)
        settled = self.outbox.settle(due, tried, retry_in_s)
        _log.info(
            "webhook job_id=%s id=%s try=%d status=%s %s%s",
            *(job.id, tried.id, tried.tries, attempt.status_code, tried.state),
            "" if settled else " (too late)",
        )

    def _send(
        self, delivery: Delivery, job: Job, webhook: Webhook, now_s: int
    ) -> tuple[Reply | None, str | None]:
        """Return the answer, and in words what is wrong with it."""
        try:
            body = message_body(delivery.event, job, self.kinds)
            keys = [parse_secret(webhook.secret)] if webhook.secret else self.keys
            headers = signature_headers(delivery.id, now_s, body, keys)
            reply = self.post(webhook.url, body, {**_JSON, **headers})
        except OutboundError as error:
            return None, str(error)
        except Exception:  # noqa: BLE001 - see the module's first lines
            _log.exception("webhook job_id=%s cannot be made", job.id)
            return None, "The service could not make the message."
        if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return reply, None
        return reply, f"The host answered {reply.status}, not 2xx."

    def _judge(
        self, delivery: Delivery, attempt: DeliveryAttempt, reply: Reply | None
    ) -> tuple[Delivery, float | None]:
        """Return the delivery after the try, and in how many seconds comes the next."""
        if attempt.error is None:
            return delivery.after(attempt, DeliveryState.DELIVERED), None
        if attempt.status_code == HTTPStatus.GONE:
            return delivery.after(attempt, DeliveryState.FAILED), None
        headers: Mapping[str, str] = {} if reply is None else reply.headers
        asked_s = read_retry_after(headers.get("retry-after"), self.clock())
        retry_in_s = pause_s(delivery.tries + 1, asked_s, self.draw)
        if retry_in_s is None:
            return delivery.after(attempt, DeliveryState.FAILED), None
        return delivery.after(attempt), retry_in_s
