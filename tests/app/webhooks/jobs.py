"""A ledger with jobs that have webhooks, and the sender that serves it."""

from dataclasses import dataclass
from typing import Any

from app.contract.jobs import NewJob
from app.contract.kinds import KINDS
from app.contract.messages.webhooks import Webhook, WebhookEvent
from app.outbound import OutboundClient, OutboundLimits, OutboundRules
from app.webhooks.sender import WebhookSender
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import new_job, outcome

KEY = bytes(range(32))
LIMITS = OutboundLimits(total_s=0.5, dns_s=0.3, max_bytes=2**16)
AT_HOME = OutboundRules(schemes=frozenset({"http", "https"}), allow_private=True)
ALL_EVENTS = tuple(WebhookEvent)


@dataclass
class Mail:
    """A ledger, a clock that only tests move, and a sender between them."""

    rules: OutboundRules = AT_HOME
    keys: tuple[bytes, ...] = (KEY,)

    def __post_init__(self) -> None:
        self.ledger = ScratchLedger(stands_still=True, began_s=1_767_225_600.0)
        self.clock = self.ledger.clock
        self.outbox = self.ledger.outbox
        client = OutboundClient(self.rules)
        self.sender = WebhookSender(
            kinds=KINDS,
            outbox=self.outbox,
            ledger=self.ledger,
            post=lambda url, body, headers: client.post(url, body, headers, LIMITS),
            keys=self.keys,
            draw=lambda: 0.0,
            clock=self.clock,
        )

    def submit(self, url: str, **webhook: Any) -> str:
        submitted_job = new_job().model_copy(
            update={
                "webhook": Webhook(url=url, **webhook),
                "origin": "https://impasto.example",
            }
        )
        return self.record(submitted_job)

    def record(self, submitted_job: NewJob) -> str:
        assert self.ledger.create(submitted_job)
        return submitted_job.id

    def succeed(self, job_id: str) -> None:
        assert self.ledger.claim(job_id, f"worker of {job_id}") == (job_id, 1)
        assert self.ledger.succeed(job_id, 1, outcome())

    def succeeded(self, url: str, **webhook: Any) -> str:
        job_id = self.submit(url, **webhook)
        self.succeed(job_id)
        return job_id
