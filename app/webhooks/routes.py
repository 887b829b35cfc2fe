"""The paths of deliveries: what was told to a job's webhook, and telling it again."""

import logging
from typing import Annotated

from fastapi import APIRouter, Path

from app.contract.ports import LedgerUnavailableError
from app.http.openapi.schema import problem_responses
from app.problems import ProblemCode
from app.webhooks.dependencies import TheCaller, TheWebhookDependencies
from app.webhooks.schemas import DeliveryListView, DeliveryView

router = APIRouter(prefix="/v1/jobs/{job_id}/deliveries", tags=["webhooks"])

_log = logging.getLogger(__name__)

_PROBLEMS = (
    ProblemCode.UNAUTHENTICATED,
    ProblemCode.FORBIDDEN,
    ProblemCode.JOB_NOT_FOUND,
    ProblemCode.BROKER_UNAVAILABLE,
)


@router.get(
    "",
    operation_id="list_deliveries",
    summary="What was told to a job's webhook",
    responses=problem_responses(*_PROBLEMS),
)
def list_deliveries(
    job_id: str, webhook_deps: TheWebhookDependencies, caller: TheCaller
) -> DeliveryListView:
    """Answer 200 with the messages that are due or were sent, and all their tries."""
    job = webhook_deps.find_job(job_id, caller)
    deliveries = enumerate(webhook_deps.outbox.deliveries(job.id))
    return DeliveryListView(
        data=[DeliveryView.of(n, each, job) for n, each in deliveries]
    )


@router.post(
    "/{n}/redeliver",
    operation_id="redeliver",
    summary="Tell it again",
    status_code=202,
    responses=problem_responses(
        *_PROBLEMS,
        ProblemCode.DELIVERY_NOT_FOUND,
        ProblemCode.INVALID_VALUE,
        ProblemCode.OUT_OF_RANGE,
    ),
)
def redeliver(
    job_id: str,
    n: Annotated[int, Path(ge=0, le=2**31 - 1, description="Its number, from 0.")],
    webhook_deps: TheWebhookDependencies,
    caller: TheCaller,
) -> DeliveryView:
    """Answer 202: the same message, with the same id, is due now and tried anew.

    Nothing changes while a try is under way.
    """
    job = webhook_deps.find_job(job_id, caller)
    delivery = webhook_deps.find_delivery(job, n)
    webhook_deps.outbox.redeliver(job.id, delivery.event)
    try:
        webhook_deps.bell.ring()
    except LedgerUnavailableError as error:
        # The message is due all the same: the janitor rings for it.
        _log.warning("webhook bell not heard job_id=%s: %s", job.id, error)
    return DeliveryView.of(n, webhook_deps.find_delivery(job, n), job)
