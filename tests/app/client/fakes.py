"""What stands in for a service and for time where a client is tested."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.client import AsyncImpastoClient, ImpastoClient, RetryPolicy

JOB_ID = "job_" + "0" * 31 + "1"
URL = "http://service.test"

#: A request's answer, an exception to raise, or what makes one of the request.
Turn = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Script:
    """Answers request after request as written; a test reads `requests` afterwards."""

    def __init__(self, *turns: Turn) -> None:
        self.turns = list(turns)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        assert self.turns, f"nobody expected {request.method} {request.url}"
        turn = self.turns.pop(0)
        if isinstance(turn, Exception):
            raise turn
        return turn if isinstance(turn, httpx.Response) else turn(request)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        return self(request)

    @property
    def paths(self) -> list[str]:
        return [each.url.raw_path.decode() for each in self.requests]


@dataclass
class FakeClock:
    """Time that passes only when somebody sleeps."""

    time_s: float = 0.0
    slept_s: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time_s

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.time_s += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


def client_of(
    script: Script, clock: FakeClock | None = None, **options: Any
) -> ImpastoClient:
    return ImpastoClient(
        URL,
        transport=httpx.MockTransport(script),
        clock=clock or FakeClock(),
        **options,
    )


def async_client_of(script: Script, clock: FakeClock) -> AsyncImpastoClient:
    transport = httpx.MockTransport(script.answer)
    return AsyncImpastoClient(URL, transport=transport, clock=clock)


def job_json(status: str = "queued", revision: int = 1, **members: Any) -> dict:
    """Return a job as the service writes it."""
    return {**deepcopy(_JOB), "status": status, "revision": revision, **members}


def job_answer(status: str = "queued", revision: int = 1, **members: Any):
    return httpx.Response(200, json=job_json(status, revision, **members))


def problem(
    status: int, code: str, headers: dict[str, str] | None = None, **members: Any
) -> httpx.Response:
    body = {
        "type": f"{URL}/problems/{code}",
        "title": "A problem",
        "status": status,
        "detail": "This went wrong.",
        "instance": "/v1/jobs",
        "code": code,
        "retryable": status in {429, 503},
        "request_id": "req_1",
        "job_id": None,
        "errors": [],
    }
    return httpx.Response(
        status,
        json=body | members,
        headers={"Content-Type": "application/problem+json", **(headers or {})},
    )


class Events(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of server-sent events that ends, or breaks with an error."""

    def __init__(self, *chunks: str | Exception) -> None:
        self.chunks = chunks
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk.encode()

    async def __aiter__(self):
        for chunk in self:
            yield chunk

    def close(self) -> None:
        self.is_closed = True

    async def aclose(self) -> None:
        self.is_closed = True


def event_stream(*chunks: str | Exception) -> httpx.Response:
    return answer_with(Events(*chunks))


def answer_with(body: Events) -> httpx.Response:
    headers = {"Content-Type": "text/event-stream; charset=utf-8"}
    return httpx.Response(200, headers=headers, stream=body)


def once() -> RetryPolicy:
    return RetryPolicy(attempts=1)


PROGRESS = {
    "fraction": 0.4,
    "step": 100,
    "total_steps": 250,
    "scale": 2,
    "total_scales": 3,
    "width": 256,
    "height": 192,
    "loss": {"total": 6.0, "content": 1.0, "style": 4.0, "tv": 1.0},
    "steps_per_second": 10.0,
    "elapsed_seconds": 10.0,
    "eta_seconds": 9.0,
    "updated_at": "2026-01-02T03:04:05Z",
}

_BASE = f"{URL}/v1/jobs/{JOB_ID}"
_PICTURE = {"sha256": "ab" * 32, "width": 48, "height": 36, "media_type": "image/png"}
_JOB: dict[str, Any] = {
    "id": JOB_ID,
    "object": "job",
    "attempt": 0,
    "created_at": "2026-01-02T03:04:05Z",
    "started_at": None,
    "completed_at": None,
    "cancel_requested_at": None,
    "cancel_reason": None,
    "finish_requested_at": None,
    "deadline_at": None,
    "queue": {"position": 0, "estimated_start_seconds": None},
    "progress": None,
    "params": {"preset": "draft", "size": 64, "steps": 10, "seed": 7},
    "input": {"content": _PICTURE, "styles": [_PICTURE]},
    "result": None,
    "error": None,
    "metrics": {
        "queue_seconds": None,
        "setup_seconds": None,
        "predict_seconds": None,
        "peak_memory_bytes": None,
    },
    "reproducibility": None,
    "retry_of": None,
    "reused_from": None,
    "batch_id": None,
    "resumed_from_step": None,
    "priority": "normal",
    "ttl_seconds": 86400,
    "webhook": None,
    "metadata": {},
    "urls": {
        "self": _BASE,
        **{
            name: f"{_BASE}/{name}"
            for name in (
                "events",
                "result",
                "preview",
                "files",
                "losses",
                "cancel",
                "finish",
            )
        },
    },
}
RESULT = {
    "url": f"{_BASE}/result",
    "media_type": "image/png",
    "width": 64,
    "height": 48,
    "bytes": 1000,
    "sha256": "cd" * 32,
    "stopped_early": False,
    "expires_at": "2026-01-03T03:04:05Z",
    "expired": False,
}
