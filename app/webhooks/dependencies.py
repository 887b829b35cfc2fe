"""What the handlers of deliveries work with, and how they find a caller's job."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from app.contract.jobs import Job, is_job_id
from app.contract.messages.deliveries import Delivery
from app.contract.ports import JobNotFoundError, Ledger, Outbox, WebhookBell
from app.http.access.callers import Caller, require_own, the_caller
from app.http.services import dependency
from app.problems import ProblemCode, ProblemError


@dataclass(frozen=True, kw_only=True)
class WebhookDependencies:
    """The ports that these handlers need."""

    ledger: Ledger
    outbox: Outbox
    bell: WebhookBell

    def find_job(self, job_id: str, caller: Caller) -> Job:
        """Return the caller's job; another key's one is as unknown as none.

        Raises:
            JobNotFoundError: There is no such job for this caller.
        """
        if not is_job_id(job_id):
            raise JobNotFoundError(job_id)
        job = self.ledger.get(job_id)
        require_own(job, caller)
        return job

    def find_delivery(self, job: Job, number: int) -> Delivery:
        """Return the n-th delivery of a job, counted from 0.

        Raises:
            ProblemError: There is none of this number.
        """
        deliveries = self.outbox.deliveries(job.id)
        if number >= len(deliveries):
            detail = f"The job has {len(deliveries)} deliveries, counted from 0."
            raise ProblemError(ProblemCode.DELIVERY_NOT_FOUND, detail, job_id=job.id)
        return deliveries[number]


TheWebhookDependencies = Annotated[
    WebhookDependencies, Depends(dependency(WebhookDependencies))
]
TheCaller = Annotated[Caller, Depends(the_caller)]
