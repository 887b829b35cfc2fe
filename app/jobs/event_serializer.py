"""What the events of a job say: their names and their data, as `urls.events` sends."""

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, JsonValue

from app.contract.jobs import Job, JobStatus
from app.contract.kind import Kinds
from app.contract.messages.events import Event, EventKind
from app.contract.records.upgrades import upgraded_update
from app.contract.updates import Update
from app.contract.views.changes import ControlsState
from app.contract.views.jobs import shown_progress
from app.contract.views.kinds import ShownKind
from app.http.access.links import Links
from app.jobs.answers import job_json


@dataclass(frozen=True)
class ServerEvent:
    """One event: its name, its data as JSON, and the stream's id."""

    kind: EventKind
    data: str
    id: str


@dataclass(frozen=True)
class EventSerializer:
    """Puts the events of one job into words for one client."""

    job_id: str
    kind: str
    links: Links
    kinds: Kinds

    def event(self, event: Event, job: Job | None) -> ServerEvent:
        """Return an event as clients hear it; status and done need the job."""
        data = event.data
        if event.kind is EventKind.PROGRESS:
            return ServerEvent(
                event.kind, json.dumps(self._progress_data(data)), event.id
            )
        if event.kind is EventKind.PREVIEW:
            url = self.links.job(self.job_id, f"/preview?step={data['step']}")
            told = {"step": data["step"], "url": url}
            return ServerEvent(event.kind, json.dumps(told), event.id)
        if event.kind is EventKind.CONTROL:
            told = {"revision": data["control"]}
            told |= {name: data[name] for name in ("step", "changes")}
            return ServerEvent(event.kind, json.dumps(told), event.id)
        if job is None:
            raise ValueError(f"{event.kind} cannot be told without the job")
        if event.kind is EventKind.DONE:
            return self.done(job, event.id)
        return self._status(job, data, event.id)

    def status(self, job: Job, event_id: str) -> ServerEvent:
        """Return how the job stands now."""
        return self._status(job, {}, event_id)

    def _status(
        self, job: Job, then: dict[str, JsonValue], event_id: str
    ) -> ServerEvent:
        data = status_data(job, then, self.kinds.shown(self.kind))
        return ServerEvent(EventKind.STATUS, json.dumps(data), event_id)

    def _progress_data(self, data: dict[str, JsonValue]) -> dict[str, JsonValue]:
        update = Update.model_validate(upgraded_update(data))
        shown = _json_of(shown_progress(self.kinds.shown(self.kind), update))
        return {"revision": data["revision"], **(shown or {})}

    def done(self, job: Job, event_id: str) -> ServerEvent:
        """Return the whole job, which has ended."""
        return ServerEvent(
            EventKind.DONE, job_json(job, self.links, self.kinds), event_id
        )


def status_data(
    job: Job, then: dict[str, JsonValue], kind: ShownKind
) -> dict[str, JsonValue]:
    """Return the data of a `status` event.

    Args:
        job: As it is now.
        then: `status`, `revision` and `attempt` at the time of the event, if that is
            past. What else there was is not kept: it is told as it is now, and left
            out if it belongs to another state.
        kind: Says how progress is shown.
    """
    status = JobStatus(str(then.get("status", job.status)))
    is_same = status is job.status
    progress = _json_of(shown_progress(kind, job.progress))
    asked_at = job.cancel_requested_at
    return {
        "id": job.id,
        "status": status,
        "revision": then.get("revision", job.revision),
        "attempt": then.get("attempt", job.attempt),
        "queue": {"position": job.queue_position if is_same else None},
        "progress": progress if is_same else None,
        "paused_at": None if job.paused_at is None else _time(job.paused_at),
        "controls": ControlsState.of(job).model_dump(),
        "cancel_requested_at": (None if asked_at is None else _time(asked_at)),
    }


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _json_of(view: BaseModel | None) -> dict[str, JsonValue] | None:
    return None if view is None else view.model_dump(mode="json")
