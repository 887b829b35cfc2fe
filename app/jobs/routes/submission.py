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
from app.http.callers import Caller
from app.http.turnstile import turn
from app.jobs.answers import JSON
from app.jobs.desk import TheCaller, TheDesk
from app.jobs.documentation import SUBMISSION_EXTRA, SUBMIT_RESPONSES
from app.jobs.ordering import Placement, settle
from app.jobs.responding import require_acceptable, respond
from app.submissions.bodies import read_body
from app.submissions.idempotency import (
    KeptKey,
    fingerprint_of_request,
    identity_of,
    under_way,
)
from app.submissions.orders import JobOrder, read_job_order
from app.submissions.placing import inputs_of, place_job, require_fitting_masks
from app.submissions.preparing import prepare
from app.submissions.priorities import require_right
from app.submissions.reception import Reception, TheReception
from app.submissions.staging import StagedPicture, Staging
from app.submissions.wishes import TheWishes, Wishes

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


class _Ready(NamedTuple):
    """An order that passed every check of its own."""

    order: JobOrder
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
    reception: TheReception,
    desk: TheDesk,
    caller: TheCaller,
    wishes: TheWishes,
    *,
    validate_only: Annotated[
        bool, Query(description="Check everything, store and queue nothing.")
    ] = False,
) -> Response:
    """Accept a job: it is queued, and its pictures are stored, when this answers."""
    require_acceptable(request.headers)
    if not validate_only:
        await run_sync(reception.ledger.ping)  # cheaper than to decode for nothing
    key = None if validate_only else wishes.key
    patience_s = reception.reservation_patience_s
    with Staging() as staging:
        async with under_way(reception.reservations, caller.owner, key, patience_s):
            ready = await _receive(request, reception, caller, key, staging)
            if validate_only:
                return _validation_response(ready)
            if await request.is_disconnected():
                raise ClientDisconnect  # nobody would learn the job's id
            placement = await _settle(reception, caller, wishes, ready)
    # A request that waits holds neither files nor a turn.
    return await respond(
        request, desk, caller, placement.job, wishes, is_replay=placement.is_replay
    )


async def _receive(
    request: Request,
    reception: Reception,
    caller: Caller,
    key: str | None,
    staging: Staging,
) -> _Ready:
    """Return what was sent, checked; the uploads are gone then."""
    offer = reception.offer()
    texts = offer.fields.optional_texts
    async with (
        turn(reception.uploads, reception.upload_patience_s),
        read_body(request, reception.form, reception.json, texts) as body,
    ):
        order = await run_sync(read_job_order, body, offer)
        require_right(caller, order.terms.priority)
        kept_key = None
        if key is not None:
            fingerprint = await run_sync(_fingerprint, order)
            kept_key = KeptKey(owner=caller.owner, key=key, fingerprint=fingerprint)
        prepared = await prepare(
            reception,
            list(order.pictures.values()),
            webhook=order.terms.webhook,
            side_px=order.kind.side_px(order.terms.params),
            staging=staging,
        )
    pictures = {
        name: prepared.pictures[sent.place] for name, sent in order.pictures.items()
    }
    require_fitting_masks(order.kind.slots, pictures)
    what = (order.kind, order.terms.params, inputs_of(pictures))
    await run_sync(reception.require_memory, *what)
    return _Ready(order, pictures, prepared.webhook, kept_key)


async def _settle(
    reception: Reception, caller: Caller, wishes: Wishes, ready: _Ready
) -> Placement:
    terms, kind = ready.order.terms, ready.order.kind
    params = kind.resolve(terms.params, ready.pictures)
    job = NewJob(
        id=new_job_id(),
        **slip_fields(kind, params, inputs_of(ready.pictures)),
        empty_inputs=ready.order.empty,
        metadata=terms.metadata,
        owner=caller.owner,
        ttl_seconds=terms.ttl_seconds,
        priority=terms.priority,
        deadline_at=wishes.deadline(),
        webhook=ready.webhook,
        origin=wishes.origin,
        traceparent=wishes.traceparent,
    )

    # Nobody draws what was drawn before.
    may_reuse = wishes.may_reuse and not kind.draws(terms.params)
    pictures = ready.pictures.values()
    record = partial(place_job, reception, pictures, may_reuse=may_reuse)
    return await run_sync(settle, reception, job, ready.kept_key, record)


def _fingerprint(order: JobOrder) -> str:
    pictures = {name: identity_of(each) for name, each in order.pictures.items()}
    shown = by_slot(order.kind.slots, pictures, order.empty)
    asked = {**order.terms.as_sent(), "pictures": shown}
    return fingerprint_of_request("job", asked)


def _validation_response(ready: _Ready) -> Response:
    kind = ready.order.kind
    view = ValidationView(
        kind=kind.name,
        params=kind.resolve(ready.order.terms.params, ready.pictures),
        input=shown_input(kind, inputs_of(ready.pictures), ready.order.empty),
    )
    return Response(view.model_dump_json(), media_type=JSON)
