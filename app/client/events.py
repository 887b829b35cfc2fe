"""What happens to a job, as typed events over as many connections as it takes."""

import json
from collections import deque
from typing import Any, Literal, TypeAlias

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from app.client.calls import Call, path_of
from app.client.errors import ClientError, UnreachableError, error_of, unreachable
from app.client.flows import Flow, Now, OpenStream, ReadStream, Sleep
from app.client.open_shapes import shape_of
from app.client.shapes import Job
from app.client.sse import EventParser, RawEvent
from app.contract.kinds import KINDS
from app.contract.messages.events import EventKind
from app.problems import ProblemCode

#: So long a service may be away (restarting, say) before waiting for a job gives up.
AWAY_S = 60.0
#: Between two attempts to reach a service that is away.
PAUSE_S = 0.5

_EVENT_STREAM = "text/event-stream"
#: How a service without event streams answers.
_NO_SUCH_PATH = frozenset(
    {ProblemCode.NOT_FOUND, ProblemCode.METHOD_NOT_ALLOWED, ProblemCode.NOT_ACCEPTABLE}
)


class _Event(BaseModel):
    model_config = ConfigDict(extra="allow")

    #: Of the job's stream; later ones are greater.
    id: str | None = None


class StatusEvent(_Event):
    """The job is in another state, or was taken up again."""

    kind: Literal[EventKind.STATUS] = EventKind.STATUS
    status: str
    revision: int
    attempt: int | None = None
    #: The job as it is then, where the service tells all of it.
    job: Job | None = None


class ProgressEvent(_Event):
    """The job has come further."""

    kind: Literal[EventKind.PROGRESS] = EventKind.PROGRESS
    revision: int | None = None
    #: Any: of the shape that the job's kind has for it.
    progress: Any


class PreviewEvent(_Event):
    """There is a new small picture to look at."""

    kind: Literal[EventKind.PREVIEW] = EventKind.PREVIEW
    step: int
    url: str | None = None


class DoneEvent(_Event):
    """The job has ended; nothing comes after this."""

    kind: Literal[EventKind.DONE] = EventKind.DONE
    status: str
    job: Job | None = None


Event: TypeAlias = StatusEvent | ProgressEvent | PreviewEvent | DoneEvent


class NoEventStreamError(ClientError):
    """The service answers, but not with a stream of events: ask it again and again."""


class JobEvents:
    """The events of one job; opens a connection when there is none.

    A connection that ends or breaks is opened again where it broke off.
    """

    def __init__(self, job_id: str) -> None:
        self._path = path_of("jobs", job_id, "events")
        self._parser = EventParser()
        self._ready: deque[Event] = deque()
        self._is_open = False
        self._heard_s: float | None = None
        #: Of job; its first event, the present state, says it.
        self._kind = KINDS.default.name

    def next(self) -> Flow[Event]:
        """Return the next event.

        Raises:
            NoEventStreamError: The service has no event streams.
            ClientError: The job is unknown, or the service was away for too long.
        """
        while not self._ready:
            try:
                if self._is_open:
                    yield from self._read()
                else:
                    yield from self._open()
            except (httpx.TransportError, UnreachableError) as error:
                self._is_open = False
                yield from self._pause(error)
        return self._ready.popleft()

    def _open(self) -> Flow[None]:
        self._parser = EventParser(self._parser.last_id)
        headers = {"Accept": _EVENT_STREAM, "Cache-Control": "no-store"}
        if self._parser.last_id is not None:
            headers["Last-Event-ID"] = self._parser.last_id
        call = Call(method="GET", path=self._path, headers=headers)
        response: httpx.Response = yield OpenStream(call)
        if not response.is_success:
            yield from self._refuse(error_of(response))
            return
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if kind != _EVENT_STREAM:
            raise NoEventStreamError(f"events came as {kind or 'nothing'}")
        self._is_open = True

    def _refuse(self, error: ClientError) -> Flow[None]:
        if error.retryable or isinstance(error, UnreachableError):
            yield from self._pause(error)
        elif error.code in _NO_SUCH_PATH:
            raise NoEventStreamError(str(error), status=error.status) from error
        else:
            raise error

    def _read(self) -> Flow[None]:
        chunk: bytes | None = yield ReadStream()
        self._heard_s = yield Now()
        if chunk is None:
            # The service ends a connection after some minutes, on purpose.
            self._is_open = False
            yield Sleep(PAUSE_S if self._parser.retry_s is None else 0.0)
            return
        for raw in self._parser.feed(chunk):
            event = typed(raw, self._kind)
            if isinstance(event, StatusEvent | DoneEvent) and event.job is not None:
                self._kind = event.job.kind
            if event is not None:
                self._ready.append(event)

    def _pause(self, error: Exception) -> Flow[None]:
        """Wait a little, or give up on a service that is away for too long."""
        now_s: float = yield Now()
        if self._heard_s is None:
            self._heard_s = now_s
        if now_s - self._heard_s > AWAY_S:
            if isinstance(error, httpx.TransportError):
                raise unreachable(self._path, error) from error
            raise error
        yield Sleep(getattr(error, "retry_after_s", None) or PAUSE_S)


def typed(raw: RawEvent, kind: str = KINDS.default.name) -> Event | None:
    """Return the event of a job of a kind; None for what is newer than we."""
    try:
        members = _members(raw)
        match raw.kind:
            case EventKind.STATUS:
                return StatusEvent(**members, job=_whole_job(raw))
            case EventKind.DONE:
                return DoneEvent(**members, job=_whole_job(raw))
            case EventKind.PREVIEW:
                return PreviewEvent(**members)
            case EventKind.PROGRESS:
                return _progress_event(members, kind)
    except ValidationError:
        return None
    return None


# Any: the members are whatever a service wrote; the events check them.
def _members(raw: RawEvent) -> dict[str, Any]:
    """Return the data's members and, of the stream's own, the id."""
    try:
        data = json.loads(raw.data)
    except ValueError:
        data = {}
    members = data if isinstance(data, dict) else {}
    # A whole job has an id of its own, which is not the event's.
    return {**members, "id": raw.id}


def _whole_job(raw: RawEvent) -> Job | None:
    """Return the job, where an event tells all of it and not its state alone."""
    try:
        return Job.model_validate_json(raw.data)
    except ValidationError:
        return None


def _progress_event(members: dict[str, Any], kind: str) -> ProgressEvent:
    """Return the event of members that lie flat, or below `progress`."""
    inner = members.get("progress")
    progress = inner if isinstance(inner, dict) else members
    return ProgressEvent(
        id=members["id"],
        revision=members.get("revision"),
        progress=shape_of(kind, "progress").model_validate(progress),
    )
