"""What people ask of a job, as the ledger in Redis takes it."""

import json
from collections.abc import Collection, Mapping

from pydantic import JsonValue

from app.contract.changes import files_named
from app.contract.commands import Command, Verb
from app.contract.jobs import CancelReason, Job
from app.contract.ports import (
    JobFinishedError,
    JobNotPausedError,
    StaleRevisionError,
    TooManyFilesError,
)
from app.contract.records.wire import upload_key
from app.stores.ledger import records
from app.stores.ledger.job_reader import JobReader
from app.stores.ledger.scripts import Scripts

#: So many files that commands have brought are kept of one job.
MOST_FILES = 256


class RedisRequests:
    """Implements the `Requests` port."""

    def __init__(self, scripts: Scripts, reader: JobReader) -> None:
        self._scripts = scripts
        self._reader = reader

    def append(
        self,
        job_id: str,
        verb: Verb,
        values: Mapping[str, JsonValue] | None = None,
        expected: Collection[int] | None = None,
    ) -> int:
        rows = json.dumps(records.rows_of_command(verb, values or {}))
        known = "" if expected is None else json.dumps(sorted(expected))
        files = json.dumps(list(map(upload_key, files_named([values or {}]))))
        args = {"rows": rows, "expected": known, "files": files}
        answer = self._ask("request", job_id, most_files=MOST_FILES, **args)
        if answer < 0:
            raise StaleRevisionError(_NOT_EXPECTED - answer)
        return answer

    def commands(self, job_id: str) -> tuple[Command, ...]:
        return self._reader.commands(job_id)

    def cancel(self, job_id: str, reason: CancelReason = CancelReason.REQUESTED) -> Job:
        self._ask("request_cancel", job_id, reason=reason)
        return self._reader.get(job_id)

    def finish(self, job_id: str) -> Job:
        self._ask("request_finish", job_id)
        return self._reader.get(job_id)

    def pause(self, job_id: str) -> Job:
        self._ask("pause", job_id)
        return self._reader.get(job_id)

    def resume(self, job_id: str) -> Job:
        if self._ask("resume", job_id) == _NOT_PAUSED:
            raise JobNotPausedError(job_id)
        return self._reader.get(job_id)

    def _ask(self, script: str, job_id: str, **args: object) -> int:
        answer: int | str = self._scripts.run(script, id=job_id, **args)
        if isinstance(answer, str):
            raise TooManyFilesError(MOST_FILES)
        if answer == 0:
            raise JobFinishedError(job_id)
        if answer == _NO_SUCH_JOB:
            self._reader.get(job_id)  # says so, or that it may come back
            return self._ask(script, job_id, **args)  # It has just been restored.
        return answer


#: What the scripts return.
_NO_SUCH_JOB = -1
_NOT_EXPECTED = -2
_NOT_PAUSED = -2
