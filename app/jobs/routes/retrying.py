"""`POST /v1/jobs/{id}/retry`: a new job with the same pictures."""

from functools import partial

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import JsonValue
from starlette.responses import Response

from app.contract.views import JobView
from app.contract.webhooks import Webhook
from app.http import json_bodies
from app.http.json_bodies import JsonLimits
from app.http.media_types import media_type_of, unsupported
from app.jobs.desk import TheCaller, TheDesk
from app.jobs.documentation import RETRY_EXTRA, RETRY_RESPONSES
from app.jobs.fetch import find_job
from app.jobs.ordering import settle
from app.jobs.responding import require_acceptable, respond
from app.jobs.retry import MEMBERS, Overrides, overrides_of, place_again, retried
from app.submissions.bodies import read_json
from app.submissions.idempotency import KeptKey, fingerprint_of_request, under_way
from app.submissions.priorities import require_right
from app.submissions.reception import Reception, TheReception
from app.submissions.wishes import TheWishes

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_LIMITS = JsonLimits()
#: A retry sends no pictures: one that comes is thrown away and refused by its name.
_MAX_PICTURE_BYTES = 0


@router.post(
    "/{job_id}/retry",
    operation_id="retry_job",
    summary="Make a new job of an old one",
    status_code=202,
    response_model=JobView,
    responses=RETRY_RESPONSES,
    openapi_extra=RETRY_EXTRA,
)
async def retry(
    job_id: str,
    request: Request,
    reception: TheReception,
    desk: TheDesk,
    caller: TheCaller,
    wishes: TheWishes,
) -> Response:
    """Queue a new job with the same pictures, whatever the state of the old one."""
    require_acceptable(request.headers)
    old = await run_sync(find_job, reception.ledger, job_id, caller)
    patience_s = reception.reservation_patience_s
    async with under_way(reception.reservations, caller.owner, wishes.key, patience_s):
        overrides = await _read_overrides(request)
        webhook = await _accepted(reception, overrides.webhook)
        job = retried(
            old, overrides, webhook=webhook, wishes=wishes, reception=reception
        )
        require_right(caller, job.priority)
        kept_key = None
        if wishes.key is not None:
            asked: JsonValue = [job_id, {**overrides.params}, {**overrides.terms}]
            fingerprint = fingerprint_of_request("retry", asked)
            kept_key = KeptKey(
                owner=caller.owner, key=wishes.key, fingerprint=fingerprint
            )
        kind = reception.kinds.of(job.kind)
        params = kind.parse(job.params, job.inputs)
        await run_sync(reception.require_memory, kind, params, job.inputs)
        record = partial(place_again, reception)
        placement = await run_sync(settle, reception, job, kept_key, record)
    return await respond(
        request, desk, caller, placement.job, wishes, is_replay=placement.is_replay
    )


async def _read_overrides(request: Request) -> Overrides:
    headers = request.headers
    is_empty = headers.get("content-length", "0") == "0"
    if is_empty and "transfer-encoding" not in headers:
        return Overrides()
    if media_type_of(headers) != json_bodies.MEDIA_TYPE:
        raise unsupported([json_bodies.MEDIA_TYPE])
    document = await read_json(request, _LIMITS, _MAX_PICTURE_BYTES)
    try:
        document.check_members(MEMBERS)
        return overrides_of(document.members)
    finally:
        document.close()


async def _accepted(reception: Reception, webhook: JsonValue) -> Webhook | None:
    if webhook is None:
        return None
    return await run_sync(reception.accept_webhook, webhook, limiter=reception.errands)
