"""`POST /v1/jobs/{id}/retry`: a new job with the same pictures."""

from functools import partial

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import JsonValue
from starlette.responses import Response

from app.contract.views import JobView
from app.contract.webhooks import Webhook
from app.http.bodies import json_bodies
from app.http.bodies.json_bodies import JsonLimits
from app.http.bodies.media_types import media_type_of, unsupported
from app.jobs.creation import create_or_replay
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.documentation import RETRY_EXTRA, RETRY_RESPONSES
from app.jobs.fetch import find_job
from app.jobs.responding import require_acceptable, respond
from app.jobs.retry import MEMBERS, Overrides, enqueue_again, overrides_of, retried
from app.submissions.bodies import read_json
from app.submissions.dependencies import (
    SubmissionDependencies,
    TheSubmissionDependencies,
)
from app.submissions.idempotency import KeptKey, fingerprint_of_request, under_way
from app.submissions.priorities import require_right
from app.submissions.request_options import TheRequestOptions

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
    deps: TheSubmissionDependencies,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    options: TheRequestOptions,
) -> Response:
    """Queue a new job with the same pictures, whatever the state of the old one."""
    require_acceptable(request.headers, deps.kinds)
    old = await run_sync(find_job, deps.ledger, job_id, caller)
    patience_s = deps.reservation_patience_s
    async with under_way(deps.reservations, caller.owner, options.key, patience_s):
        overrides = await _read_overrides(request)
        webhook = await _accepted(deps, overrides.webhook)
        job = retried(old, overrides, webhook=webhook, options=options, deps=deps)
        require_right(caller, job.priority)
        kept_key = None
        if options.key is not None:
            asked: JsonValue = [job_id, {**overrides.params}, {**overrides.terms}]
            fingerprint = fingerprint_of_request("retry", asked)
            kept_key = KeptKey(
                owner=caller.owner, key=options.key, fingerprint=fingerprint
            )
        kind = deps.kinds.of(job.kind)
        params = kind.parse(job.params, job.inputs)
        await run_sync(deps.require_memory, kind, params, job.inputs)
        record = partial(enqueue_again, deps)
        created = await run_sync(create_or_replay, deps, job, kept_key, record)
    return await respond(
        request, job_deps, caller, created.job, options, is_replay=created.is_replay
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


async def _accepted(deps: SubmissionDependencies, webhook: JsonValue) -> Webhook | None:
    if webhook is None:
        return None
    return await run_sync(deps.accept_webhook, webhook, limiter=deps.errands)
