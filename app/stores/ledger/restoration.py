"""The ledger in Redis gets back what it has lost: see the port `Restoration`."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import redis

from app.contract.batches import Batch
from app.contract.changes import files_named
from app.contract.commands import Command
from app.contract.jobs import MAX_TTL_S, Job, JobStatus
from app.contract.ports import (
    LedgerDamagedError,
    LedgerIncompleteError,
    RestorationLostError,
)
from app.contract.ports.restoration import RESTORING_PATIENCE_S, Restored
from app.contract.records.archives import ArchivedEnd
from app.contract.records.wire import upload_key
from app.stores.ledger import keys
from app.stores.ledger.records import (
    blobs_of,
    ended_fields_of,
    is_reusable,
    read_job,
    record_of,
    row_of,
    rows_of_command,
    text_of_row,
)
from app.stores.ledger.rules import LedgerRules
from app.stores.ledger.scripts import Scripts, translated_errors

#: So many ends are asked for at once.
_SOME = 200


class RedisRestoration:
    """Implements the `Restoration` port."""

    def __init__(
        self, client: redis.Redis, scripts: Scripts, rules: LedgerRules
    ) -> None:
        # Any: redis-py's types do not tell texts from bytes; ours decodes answers.
        self._redis: Any = client
        self._scripts = scripts
        self._rules = rules

    def is_whole(self) -> bool:
        return bool(self._scripts.run("is_whole"))

    def begin_restoring(self) -> str | None:
        token: str = self._scripts.run(
            "begin_restoring",
            token=secrets.token_hex(8),
            patience_s=RESTORING_PATIENCE_S,
        )
        return token or None

    def checked_jobs(self, token: str) -> dict[str, Job | None]:
        with translated_errors():
            try:
                if why := self._scripts.run("check"):
                    raise LedgerDamagedError(why)
                names = list(self._redis.scan_iter(f"{keys.JOB}*", _SOME))
                return dict(self._checked(token, names))
            # Bytes that are no text, records without their fields, no JSON.
            except (ValueError, KeyError) as error:
                raise LedgerDamagedError(str(error)) from error

    def _checked(
        self, token: str, names: list[str]
    ) -> Iterator[tuple[str, Job | None]]:
        for begin in range(0, len(names), _SOME):
            # It may take longer than others wait.
            self._step("go_on", token)
            pipeline = self._redis.pipeline(transaction=False)
            some = names[begin : begin + _SOME]
            for name in some:
                pipeline.hgetall(name)
            for name, fields in zip(some, pipeline.execute(), strict=True):
                if fields:  # else it was forgotten meanwhile
                    yield name.removeprefix(keys.JOB), _sound(name, fields)

    def drop(self, token: str, job_id: str) -> None:
        self._step("drop", token, id=job_id)

    def wipe(self, token: str) -> None:
        self._step("wipe", token)

    def restore(self, token: str, restored: Restored) -> bool:
        row = row_of(restored.job)
        row["created_at"] = f"{restored.created_at.timestamp():.6f}"
        ending, checkpoint = "", restored.checkpoint
        if restored.end is not None:
            ending = json.dumps(_end_of(restored.end, retell=restored.retell))
        return self._step(
            "restore",
            token,
            job=json.dumps(row),
            checkpoint="" if checkpoint is None else checkpoint.model_dump_json(),
            blob="" if checkpoint is None else checkpoint.blob_key,
            ending=ending,
        )

    def restore_batch(self, token: str, batch: Batch, created_at: datetime) -> None:
        self._step(
            "restore_batch",
            token,
            id=batch.id,
            batch=record_of(batch),
            created_at=created_at.timestamp(),
            kept_s=MAX_TTL_S + int(self._rules.record_ttl_s),
        )

    def restore_commands(
        self, token: str, job_id: str, commands: Sequence[Command]
    ) -> None:
        rows = [
            (what, command.sequence, text)
            for command in commands
            for what, text in rows_of_command(command.verb, command.values)
        ]
        named = files_named(command.values for command in commands)
        files = json.dumps(list(map(upload_key, named)))
        self._step(
            "restore_commands", token, id=job_id, rows=json.dumps(rows), files=files
        )

    def finish_restoring(self, token: str, fence_base: int) -> None:
        """Call the ledger whole; attempts are numbered from `fence_base` now."""
        args = {"token": token, "fence_base": fence_base}
        if self._scripts.run("finish_restoring", **args) < 0:
            raise RestorationLostError(token)

    def abandon_restoring(self, token: str) -> None:
        self._scripts.run("abandon_restoring", token=token)

    def statuses(self, job_ids: Sequence[str]) -> dict[str, JobStatus]:
        with translated_errors():
            pipeline = self._redis.pipeline(transaction=False)
            for job_id in job_ids:
                pipeline.hget(keys.JOB + job_id, "status")
            texts = pipeline.execute()
        pairs = zip(job_ids, texts, strict=True)
        return {job_id: JobStatus(text) for job_id, text in pairs if text is not None}

    def unwritten_ends(self) -> list[str]:
        with translated_errors():
            return list(self._redis.srandmember(keys.UNWRITTEN, _SOME))

    def note_written(self, job_ids: Sequence[str]) -> list[str]:
        ids = json.dumps(list(job_ids))
        return list(self._scripts.run("note_written", ids=ids))

    def unneeded(self, blobs: Sequence[str]) -> list[str]:
        asked = json.dumps(list(blobs))
        is_known, *unneeded = self._scripts.run("unneeded", blobs=asked)
        if not is_known:
            raise LedgerIncompleteError
        return list(unneeded)

    def take_turn(self, name: str, interval_s: float) -> bool:
        key, interval_ms = keys.TURNS + name, int(interval_s * 1000)
        with translated_errors():
            return bool(self._redis.set(key, "taken", nx=True, px=interval_ms))

    def _step(self, script: str, token: str, **args: object) -> bool:
        code: int = self._scripts.run(
            script, token=token, patience_s=RESTORING_PATIENCE_S, **args
        )
        if code < 0:
            raise RestorationLostError(token)
        return bool(code)


def _end_of(end: ArchivedEnd, *, retell: bool) -> dict[str, object]:
    """Return an end as `restore.lua` reads it."""
    job = end.job
    blobs = blobs_of(job)
    if job.outcome is not None:
        blobs += job.outcome.blob_keys
    return {
        "status": job.status,
        "completed_at": f"{end.completed_at.timestamp():.6f}",
        "fields": ended_fields_of(job),
        "blobs": blobs,
        "losses": [text_of_row(row) for row in end.losses],
        "reusable": is_reusable(job),
        "retell": retell,
    }


def _sound(name: str, fields: Mapping[str, str]) -> Job | None:
    """Return a record that is what its name says; None for that of an ended job.

    Raises:
        ValueError, KeyError, LedgerDamagedError: It is not sound.
    """
    if JobStatus(fields["status"]).is_final:
        slip = json.loads(fields["slip"])
        for each in ("progress", "outcome", "error"):
            json.loads(fields.get(each, "null"))
        job, job_id = None, slip["id"]
    else:
        job = read_job(fields, None, time.time())
        job_id = job.id
    if name != keys.JOB + job_id:
        raise LedgerDamagedError(f"{name} is another job's")
    return job
