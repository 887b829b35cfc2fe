"""`POST /v1/jobs`: read a submission, let it be checked and queued."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, NamedTuple

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from app.contract.jobs import NewJob, new_job_id
from app.contract.kind import slip_fields
from app.contract.slots import by_slot
from app.contract.views import JobView, ValidationView, shown_input
from app.contract.webhooks import Webhook
from app.http.access.callers import Caller
from app.http.edge.limiter import limited
from app.jobs.answers import JSON
from app.jobs.creation import Created, create_or_replay
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.documentation import SUBMISSION_EXTRA, SUBMIT_RESPONSES
from app.jobs.responding import require_acceptable, respond
from app.submissions.bodies import read_body
from app.submissions.dependencies import (
    SubmissionDependencies,
    TheSubmissionDependencies,
)
from app.submissions.enqueueing import enqueue_job, inputs_of, require_fitting_masks
from app.submissions.idempotency import (
    KeptKey,
    fingerprint_of_request,
    identity_of,
    under_way,
)
from app.submissions.parsing import ParsedJob, parse_job
from app.submissions.preparing import prepare
from app.submissions.priorities import require_right
from app.submissions.request_options import RequestOptions, TheRequestOptions
from app.submissions.staging import StagedPicture, Staging

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


class _Ready(NamedTuple):
    """A submission that passed every check of its own."""

    parsed: ParsedJob
    pictures: Mapping[str, StagedPicture]
    webhook: Webhook | None
    #: None without an Idempotency-Key.
    kept_key: KeptKey | None


@router.post(
    "",
    operation_id="submit_job",
    summary="Submit a photograph and paintings",
    status_code=202,
    response_model=JobView,
    responses=SUBMIT_RESPONSES,
    openapi_extra=SUBMISSION_EXTRA,
)
async def submit(
    request: Request,
    deps: TheSubmissionDependencies,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    options: TheRequestOptions,
    *,
    validate_only: Annotated[
        bool, Query(description="Check everything, store and queue nothing.")
    ] = False,
) -> Response:
    """Accept a job: it is queued, and its pictures are stored, when this answers."""
    require_acceptable(request.headers, deps.kinds)
    if not validate_only:
        await run_sync(deps.ledger.ping)  # cheaper than to decode for nothing
    key = None if validate_only else options.key
    patience_s = deps.reservation_patience_s
    with Staging() as staging:
        async with under_way(deps.reservations, caller.owner, key, patience_s):
            ready = await _receive(request, deps, caller, key, staging)
            if validate_only:
                return _validation_response(ready)
            if await request.is_disconnected():
                raise ClientDisconnect  # nobody would learn the job's id
            created = await _create_or_replay(deps, caller, options, ready)
    # A request that waits holds neither files nor a turn.
    return await respond(
        request, job_deps, caller, created.job, options, is_replay=created.is_replay
    )


async def _receive(
    request: Request,
    deps: SubmissionDependencies,
    caller: Caller,
    key: str | None,
    staging: Staging,
) -> _Ready:
    """Return what was sent, checked; the uploads are gone then."""
    offer = deps.offer()
    texts = offer.fields.optional_texts
    async with (
        limited(deps.uploads, deps.upload_patience_s),
        read_body(request, deps.form, deps.json, texts) as body,
    ):
        parsed = await run_sync(parse_job, body, offer)
        require_right(caller, parsed.terms.priority)
        kept_key = None
        if key is not None:
            fingerprint = await run_sync(_fingerprint, parsed)
            kept_key = KeptKey(owner=caller.owner, key=key, fingerprint=fingerprint)
        prepared = await prepare(
            deps,
            list(parsed.pictures.values()),
            webhook=parsed.terms.webhook,
            side_px=parsed.kind.side_px(parsed.terms.params),
            staging=staging,
        )
    pictures = {
        name: prepared.pictures[sent.place] for name, sent in parsed.pictures.items()
    }
    require_fitting_masks(parsed.kind.slots, pictures)
    what = (parsed.kind, parsed.terms.params, inputs_of(pictures))
    await run_sync(deps.require_memory, *what)
    return _Ready(parsed, pictures, prepared.webhook, kept_key)


async def _create_or_replay(
    deps: SubmissionDependencies, caller: Caller, options: RequestOptions, ready: _Ready
) -> Created:
    terms, kind = ready.parsed.terms, ready.parsed.kind
    params = kind.resolve(terms.params, ready.pictures)
    job = NewJob(
        id=new_job_id(),
        **slip_fields(kind, params, inputs_of(ready.pictures)),
        empty_inputs=ready.parsed.empty,
        metadata=terms.metadata,
        owner=caller.owner,
        ttl_seconds=terms.ttl_seconds,
        priority=terms.priority,
        deadline_at=options.deadline(),
        webhook=ready.webhook,
        origin=options.origin,
        traceparent=options.traceparent,
    )

    # Nobody draws what was drawn before.
    may_reuse = options.may_reuse and not kind.draws(terms.params)
    pictures = ready.pictures.values()
    record = partial(enqueue_job, deps, pictures, may_reuse=may_reuse)
    return await run_sync(create_or_replay, deps, job, ready.kept_key, record)


def _fingerprint(parsed: ParsedJob) -> str:
    pictures = {name: identity_of(each) for name, each in parsed.pictures.items()}
    shown = by_slot(parsed.kind.slots, pictures, parsed.empty)
    asked = {**parsed.terms.as_sent(), "pictures": shown}
    return fingerprint_of_request("job", asked)


def _validation_response(ready: _Ready) -> Response:
    kind = ready.parsed.kind
    view = ValidationView(
        kind=kind.name,
        params=kind.resolve(ready.parsed.terms.params, ready.pictures),
        input=shown_input(kind, inputs_of(ready.pictures), ready.parsed.empty),
    )
    return Response(view.model_dump_json(), media_type=JSON)
