"""How a job stands in a Redis hash: written here, read back here.

Fields that a Lua script compares are plain; the rest is JSON of the contract's models.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue
from pydantic_core import from_json

from app.contract.batches import Batch
from app.contract.changes import CHANGES, AppliedChange, files_named
from app.contract.commands import Command, Verb
from app.contract.failures import Failure
from app.contract.jobs import Checkpoint, Job, NewJob, Preview
from app.contract.kind import Lane, Needs
from app.contract.ports.attempts import Waiting
from app.contract.records.reuse import fingerprint_of
from app.contract.records.samples import Sample
from app.contract.records.upgrades import (
    KIND_BEFORE,
    upgraded_outcome,
    upgraded_row,
    upgraded_sample,
    upgraded_slip,
    upgraded_update,
)
from app.contract.records.wire import upload_key
from app.contract.updates import Row

M = TypeVar("M", bound=BaseModel)


def text_of_row(row: Row) -> str:
    """Return a row as the list of a job's series has it."""
    return json.dumps([row.step, row.stage, row.values])


def read_row(text: str) -> Row:
    """Return the row that `text_of_row`, or the version before, made a text of."""
    step, stage, values = upgraded_row(json.loads(text))
    return Row(step, stage, tuple(values))


def read_sample(text: str) -> Sample:
    """Return what a job cost, as this version or the one before has noted it."""
    return Sample.model_validate(upgraded_sample(json.loads(text)))


def fields_of(job: NewJob) -> dict[str, str]:
    """Return the fields of a new job's hash, besides those of its state."""
    events = " ".join(job.webhook.events) if job.webhook else ""
    return {
        "slip": job.model_dump_json(),
        "owner": job.owner or "",
        "batch": job.batch_id or "",
        "ttl_seconds": str(job.ttl_seconds),
        "webhook_events": f" {events} ",
        "fingerprint": fingerprint_of(job),
        "rank": str(job.priority.rank),
        "charge": str(charge_of(job)),
        "lane": job.lane,
        "needs": text_of_needs(job.kind, job.needs),
    }


def text_of_needs(kind: str, needs: Needs) -> str:
    """Return what a worker must have, as `claim.lua` compares it."""
    return json.dumps({"kind": kind, **needs.model_dump(exclude_none=True)})


#: Of a job that a version before lanes has recorded.
NEEDS_BEFORE = text_of_needs(KIND_BEFORE, Needs())
#: Of a waiting job's hash; what `read_waiting` reads.
WAITING_FIELDS = ("needs", "unable", "waits_again_since", "created_at")


def read_waiting(lane: Lane, fields: Sequence[str | None]) -> Waiting:
    """Return a job that waits in a lane, from its `WAITING_FIELDS`."""
    needs_text, unable, since, created = fields
    needs = json.loads(needs_text or NEEDS_BEFORE)
    kind = needs.pop("kind")
    waits_since = datetime.fromtimestamp(float(since or created or 0), UTC)
    names = tuple(json.loads(unable or "[]"))
    return Waiting(kind, lane, Needs.model_validate(needs), names, waits_since)


def rows_of_command(
    verb: Verb, values: Mapping[str, JsonValue]
) -> list[tuple[str, str]]:
    """Return what is asked, each thing by its name, as a log keeps the newest of each.

    A verb without values is one thing.
    """
    if not values:
        return [(verb, json.dumps(verb))]
    return [
        (f"{verb}:{name}", f"{json.dumps(verb)},{json.dumps({name: value})}")
        for name, value in values.items()
    ]


def read_commands(rows: Iterable[str], after: int) -> tuple[Command, ...]:
    """Return the commands behind a sequence number, from all rows of a log."""
    found: dict[int, Command] = {}
    for row in rows:
        sequence, verb, values = (*json.loads(row), {})[:3]
        if sequence > after:
            before = found[sequence].values if sequence in found else {}
            found[sequence] = Command(
                sequence=sequence, verb=verb, values={**before, **values}
            )
    return tuple(found[sequence] for sequence in sorted(found))


def rows_of_applied(changes: Iterable[AppliedChange]) -> list[list[object]]:
    """Return changes as `beat.lua` notes them."""
    return [[each.revision, each.at_step, json.dumps(each.values)] for each in changes]


def _text_of_changes(changes: Iterable[AppliedChange]) -> str | None:
    rows = ([each.revision, each.at_step, each.values] for each in changes)
    return "\n".join(json.dumps(row, separators=(",", ":")) for row in rows) or None


def _read_changes(text: str) -> list[AppliedChange]:
    rows = [json.loads(row) for row in text.splitlines()]
    return [
        AppliedChange(revision=revision, at_step=step, values=values)
        for revision, step, values in rows
    ]


def _text_of_states(states: Iterable[Checkpoint]) -> str | None:
    return "\n".join(each.model_dump_json() for each in states) or None


def _read_states(fields: Mapping[str, str]) -> list[object]:
    return list(map(from_json, fields.get("older_states", "").splitlines()))


def charge_of(job: NewJob) -> int:
    """Return what a job counts in the queue, at least 1: its work by its priority.

    Work is in whole megapixel-steps. Less than one counts as one: what comes before
    and after the optimization takes its time too.
    """
    return max(1, math.ceil(job.work)) * job.priority.charge_per_work


def blobs_of(job: NewJob) -> list[str]:
    """Return the keys of the files that a job is made from, also those of changes."""
    # A parameter of that name is a list of objects, by the kind's own model.
    changes: Any = job.params.get(CHANGES, ())
    hashes = {each.sha256 for each in job.inputs.values()} | files_named(changes)
    if isinstance(job, Job):
        hashes |= files_named(each.values for each in job.changes)
    return sorted(map(upload_key, hashes))


def row_of(job: NewJob) -> dict[str, object]:
    """Return a new job as the scripts read it."""
    deadline = "" if job.deadline_at is None else str(job.deadline_at.timestamp())
    return {
        "id": job.id,
        "fields": fields_of(job),
        "blobs": blobs_of(job),
        "deadline": deadline,
        "start": "" if job.start is None else job.start.model_dump_json(),
    }


def record_of(batch: Batch) -> str:
    """Return a batch as it is kept; when it was made stands beside it."""
    return batch.model_dump_json(exclude={"created_at"})


def is_reusable(job: Job) -> bool:
    """Tell whether another job may show this one's picture."""
    if job.outcome is None or job.reused_from is not None or job.changes:
        return False
    return not job.outcome.stopped_early


def ended_fields_of(job: Job) -> dict[str, str]:
    """Return the fields of a job that has ended, besides those of its order.

    The revision is the one before the last: the last step is taken once more.
    """
    times = {name: getattr(job, name) for name in _ASKED_AND_STARTED}
    models = {
        "progress": job.progress,
        "outcome": job.outcome,
        "error": job.error,
        "checkpoint": job.checkpoint,
    }
    values = {
        "revision": job.revision - 1,
        "attempt": job.attempt,
        "fence_base": 0,
        "forgiven": job.forgiven,
        "cancel_reason": job.cancel_reason,
        "commands": job.controls_revision,
        "applied_revision": job.applied_revision,
        "changes": _text_of_changes(job.changes),
        "older_states": _text_of_states(job.older_states),
        "worker": job.worker,
        "resumed_from_step": job.resumed_from_step,
        **{name: at and f"{at.timestamp():.6f}" for name, at in times.items()},
        **{name: model and model.model_dump_json() for name, model in models.items()},
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def read_job(fields: Mapping[str, str], queue_position: int | None, now: float) -> Job:
    """Return the record that `fields` hold.

    Args:
        fields: The hash as the scripts write it; times in seconds since 1970.
        queue_position: 0 for the next job, None for one that no longer waits.
        now: seconds since 1970.
    """
    slip = upgraded_slip(from_json(fields["slip"]))
    if not isinstance(slip, dict):
        raise ValueError("a job's record is no object")  # noqa: TRY004 - as for any
    state: dict[str, Any] = {  # the fields' types are mixed
        "status": fields["status"],
        "revision": fields["revision"],
        # Without what makes it a fencing number.
        "attempt": int(fields["attempt"]) - int(fields.get("fence_base", 0)),
        "forgiven": int(fields.get("forgiven", 0)),
        "cancel_reason": fields.get("cancel_reason"),
        "queue_position": queue_position,
        "worker": fields.get("worker"),
        "unable": json.loads(fields.get("unable", "[]")),
        "progress": _upgraded(fields, "progress", upgraded_update),
        "preview": _model(fields, "preview", Preview),
        "checkpoint": _model(fields, "checkpoint", Checkpoint),
        "older_states": _read_states(fields),
        "outcome": _upgraded(fields, "outcome", upgraded_outcome),
        "error": _model(fields, "error", Failure),
        "resumed_from_step": fields.get("resumed_from_step"),
        "controls_revision": fields.get("commands", 0),
        "applied_revision": fields.get("applied_revision", 0),
        "changes": _read_changes(fields.get("changes", "")),
        "expired": float(fields.get("expires_at", "inf")) <= now,
    }
    times = {name: _time(fields, name) for name in _TIMES}
    return Job.model_validate({**slip, **state, **times})


_ASKED_AND_STARTED = ("started_at", "cancel_requested_at", "finish_requested_at")
_TIMES = (
    *("created_at", "waits_again_since", "paused_at", "pause_requested_at"),
    *_ASKED_AND_STARTED,
    *("completed_at", "expires_at"),
)


def _time(fields: Mapping[str, str], name: str) -> datetime | None:
    text = fields.get(name)
    return None if text is None else datetime.fromtimestamp(float(text), UTC)


# Any: JSON of this version; the record's model reads it.
def _upgraded(
    fields: Mapping[str, str], name: str, upgraded: Callable[[Any], Any]
) -> Any:
    text = fields.get(name)
    return None if text is None else upgraded(from_json(text))


def _model(fields: Mapping[str, str], name: str, model: type[M]) -> M | None:
    text = fields.get(name)
    return None if text is None else model.model_validate_json(text)
