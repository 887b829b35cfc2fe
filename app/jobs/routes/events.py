"""`GET /v1/jobs/{id}/events`: what happens to a job, as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.http.access.links import links_of
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.event_serializer import EventSerializer, ServerEvent
from app.jobs.responses import EVENTS_RESPONSES
from app.jobs.stream import JobStream, look_back

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

#: What a browser waits before it comes again.
_RETRY_MS = 3000
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get(
    "/{job_id}/events",
    operation_id="follow_job",
    summary="Follow a job",
    response_class=Response,
    responses=EVENTS_RESPONSES,
)
async def follow(
    job_id: str,
    request: Request,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    last_event_id: Annotated[
        str | None,
        Header(description="Go on after this event; a browser sends it by itself."),
    ] = None,
    last_event_id_query: Annotated[
        str | None,
        Query(alias="last_event_id", description="The same, without a header."),
    ] = None,
) -> Response:
    """Answer a stream: how the job stands, then what happens, until it has ended."""
    after = last_event_id or last_event_id_query or None
    with ExitStack() as stack:
        follower = stack.enter_context(job_deps.feed.follow(job_id))
        opening = await run_sync(
            look_back, job_deps.ledger, job_deps.feed, job_id, caller, after
        )
        held = stack.pop_all()
    links = links_of(request.scope)
    stream = JobStream(
        job_cache=job_deps.job_cache,
        feed=job_deps.feed,
        closing=job_deps.closing,
        serializer=EventSerializer(job_id, opening.job.kind, links, job_deps.kinds),
        rules=job_deps.stream,
    )
    response = _EventStream(stream.tell(opening, after, follower), held)
    if request.scope["state"].get("is_head"):
        held.close()
        return Response(headers=response.headers)
    return response


class _EventStream(EventSourceResponse):
    """Sends what is told, and releases what it holds when the client leaves."""

    def __init__(
        self, news: AsyncGenerator[ServerEvent | None, None], held: ExitStack
    ) -> None:
        self._chunks = _encoded(news)
        super().__init__(self._chunks, headers=_HEADERS)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A generator that was stopped half-way would wait for the collector.
        with self._held:
            async with aclosing(self._chunks):
                await super().__call__(scope, receive, send)


async def _encoded(
    news: AsyncGenerator[ServerEvent | None, None],
) -> AsyncGenerator[bytes, None]:
    async with aclosing(news):
        yield format_sse_event(retry=_RETRY_MS)
        async for sse in news:
            if sse is None:
                yield KEEPALIVE_COMMENT
            else:
                yield format_sse_event(data_str=sse.data, event=sse.kind, id=sse.id)
