"""One attempt at a job: from its inputs to stored files, ready to be committed.

Knows neither how a job is claimed nor how it ends, and no kind by its name.
"""

import contextlib
import hashlib
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import BaseModel

from app.catalogue.stored_styles import StoredStyles
from app.contract.artifacts import RESULT, Artifact
from app.contract.failures import FailureCode
from app.contract.jobs import Checkpoint, Job, Outcome
from app.contract.kind import AnyKind
from app.contract.packs.reading import read_pack
from app.contract.ports import Claim, StoreError
from app.contract.records.samples import Sample
from app.contract.records.wire import result_key, upload_key
from app.contract.styles import Style, StylePack, style_id_of
from worker.attempt.checkpoints import Checkpoints
from worker.attempt.heartbeat import Heartbeat
from worker.attempt.last_state import Encode, LastState
from worker.attempt.pace import Pace
from worker.attempt.previews import Previews
from worker.attempt.resumption import Resumption
from worker.attempt.storage import PatientStorage
from worker.runners.control import Control
from worker.runners.runner import (
    AnyRunner,
    FinishedFile,
    Order,
    RunFailedError,
    Tick,
)
from worker.tracing import span


class _Finished(NamedTuple):
    """What the last tick had, and the times.

    Attributes:
        setup_s: until the first tick.
        work_s: from the first tick to the result.
        state: encodes the last one.
    """

    files: Mapping[str, FinishedFile]
    steps: int
    stopped_early: bool
    setup_s: float
    work_s: float
    state: Encode | None


class Made(NamedTuple):
    """What is to be committed.

    Attributes:
        outcome: the files, stored.
        sample: what they cost, if others can learn from it.
        state: in which the job ended, if it is kept.
    """

    outcome: Outcome
    sample: Sample | None
    state: Checkpoint | None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Everything that one attempt works with."""

    claim: Claim
    job: Job
    kind: AnyKind
    #: The job's, with every value filled in.
    params: BaseModel
    storage: PatientStorage
    runner: AnyRunner
    control: Control
    heartbeat: Heartbeat
    previews: Previews
    resumption: Resumption
    checkpoints: Checkpoints
    last_state: LastState

    def make(self) -> Made:
        """Return what is to be committed; the files lie under the attempt's keys.

        Raises:
            RunInterruptedError: The job must not go on.
            UnableError: This worker cannot do it.
            RunFailedError: There will be no result.
            StoreError: A file could not be read or written for long.
        """
        began_s = time.monotonic()
        with span("run"):
            finished = self._run(began_s)
        self.heartbeat.beat()  # the last tick's progress, the last chance to cancel
        self.control.check()
        with span("store"):
            artifacts = self._store_all(finished.files)
            self._publish(artifacts[RESULT])
            state = self.last_state.store(finished.steps, finished.state)
        outcome = Outcome(
            artifacts=artifacts,
            stopped_early=finished.stopped_early,
            reproducibility=self.resumption.judged(
                self.runner.reproducibility(self.params, self.job.inputs)
            ),
            setup_seconds=finished.setup_s,
            predict_seconds=time.monotonic() - began_s - finished.setup_s,
            peak_memory_bytes=self.runner.peak_memory_bytes(),
        )
        return Made(outcome, self._sample(outcome, finished), state)

    def _run(self, began_s: float) -> _Finished:
        """Return what has been made."""
        pace, first_s = Pace(), 0.0
        finished: _Finished | None = None
        ticks = self.resumption.ticks(self._ticks)
        with self.previews, self.checkpoints, closing(ticks):
            for tick in ticks:
                first_s = first_s or time.monotonic()
                update = pace.told(tick.update, self.resumption.step)
                self.heartbeat.report(update)
                self.previews.offer(tick)
                rest = self.control.rest()
                self.checkpoints.offer(tick, is_last_chance=rest is not None)
                if rest is not None and not tick.is_last:
                    self.control.stop(rest)
                    self.control.check()
                if tick.is_last:
                    finished = _Finished(
                        files=tick.artifacts(),
                        steps=update.step,
                        stopped_early=tick.stopped_early,
                        setup_s=first_s - began_s,
                        work_s=time.monotonic() - first_s,
                        state=self.last_state.copy(tick),
                    )
        if finished is None:
            raise RunFailedError(
                FailureCode.INTERNAL_ERROR, "The runner ended before its last tick."
            )
        return finished

    def _ticks(self, state: bytes | None) -> Generator[Tick, None, None]:
        order = Order(
            job_id=self.job.id,
            params=self.params,
            inputs=self.job.inputs,
            read=self._read,
            read_file=self._read_file,
            changes=self.job.changes,
        )
        return self.runner.run(order, self.control, state)

    def _read(self, name: str) -> bytes:
        return self._read_file(self.job.inputs[name].sha256)

    def _read_file(self, sha256: str) -> bytes:
        with span("fetch"):
            return self.storage.get(upload_key(sha256))

    def _store_all(self, files: Mapping[str, FinishedFile]) -> dict[str, Artifact]:
        """Store all files, or none."""
        stored: dict[str, Artifact] = {}
        try:
            for name, file in files.items():
                stored[name] = self._store(name, file)
        except BaseException:
            with contextlib.suppress(StoreError):  # a collector finds them later
                for artifact in stored.values():
                    self.storage.blobs.delete(artifact.blob_key)
            raise
        return stored

    def _store(self, name: str, file: FinishedFile) -> Artifact:
        content = file.to_bytes()
        key = result_key(*self.claim, file.media_type, name)
        self.storage.put(key, content)
        return Artifact(
            blob_key=key,
            media_type=file.media_type,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            facts=file.facts,
        )

    def _publish(self, result: Artifact) -> None:
        """Put the style that was made into the library, if one was.

        Before the job is committed: whoever reads the result shall find it there, and
        an attempt more keeps the same style.
        """
        words = self.kind.published(self.params, result.facts)
        if words is None:
            return
        painting = self.job.inputs[words.picture]
        pack = self.storage.get(result.blob_key)
        style = Style(
            id=style_id_of(self.job.id),
            title=words.title,
            license=words.license,
            sha256=painting.sha256,
            media_type=painting.media_type,
            created_at=datetime.now(UTC),
            pack=StylePack.of(read_pack(pack), trained_by=self.job.id),
            **painting.facts,
        )
        picture = self.storage.get(upload_key(painting.sha256))
        StoredStyles(self.storage.blobs).keep(style, picture, pack)

    def _sample(self, outcome: Outcome, finished: _Finished) -> Sample | None:
        """Return what other jobs learn from, None if it took less than its steps say.

        What is learnt of the steps ends with the result, before it is stored.
        """
        is_whole = self.resumption.step is None and not outcome.stopped_early
        if not is_whole or not self.runner.is_predictable(self.params):
            return None
        how = outcome.reproducibility
        return Sample(
            kind=self.job.kind,
            device=how.device,
            precision=how.precision,
            convolutions=how.convolutions,
            traits=self.kind.traits(self.params, self.job.inputs),
            steps=finished.steps,
            work=self.job.work,
            setup_seconds=outcome.setup_seconds,
            predict_seconds=finished.work_s,
            peak_memory_bytes=outcome.peak_memory_bytes,
            finished_at=datetime.now(UTC),
        )
