"""What is reported of a job: how fast it goes, and at its end what it cost.

Knows no ledger.
"""

from datetime import UTC, datetime

from pydantic import BaseModel

from app.contract.jobs import Job, Outcome
from app.contract.kind import AnyKind
from app.contract.samples import Sample
from app.contract.updates import Update


class Pace:
    """Follows the updates of one attempt."""

    def __init__(self) -> None:
        self._first: Update | None = None

    def told(self, update: Update, resumed_from_step: int | None = None) -> Update:
        """Return the update with its pace, and what is left at this pace.

        It is that since the first update: what came before it is preparation, which is
        not to be paid again for each step that is left.

        Args:
            update: the runner's.
            resumed_from_step: that the attempt went on from; None if it began anew.
        """
        self._first = first = self._first or update
        taken_s = update.elapsed_seconds - first.elapsed_seconds
        done = update.fraction - first.fraction
        steps = update.step - first.step
        if not (taken_s > 0 and done > 0):
            taken_s = update.elapsed_seconds
            steps = update.step - (resumed_from_step or 0)
            done = update.fraction * steps / update.step
        pace = {
            "steps_per_second": steps / taken_s if taken_s > 0 else 0.0,
            "eta_seconds": taken_s * (1 - update.fraction) / done if done > 0 else 0.0,
        }
        return update.model_copy(update=pace)


def sample_of(
    kind: AnyKind,
    job: Job,
    params: BaseModel,
    outcome: Outcome,
    steps: int,
    work_s: float,
) -> Sample:
    """Return what the job cost, for other jobs to learn from.

    Args:
        kind: of the job.
        job: what was asked for.
        params: of the job.
        outcome: what came of it.
        steps: over all stages.
        work_s: from the first step to the last one's result.
    """
    how = outcome.reproducibility
    return Sample(
        kind=job.kind,
        device=how.device,
        precision=how.precision,
        convolutions=how.convolutions,
        traits=kind.traits(params, job.inputs),
        steps=steps,
        work=job.work,
        setup_seconds=outcome.setup_seconds,
        predict_seconds=work_s,
        peak_memory_bytes=outcome.peak_memory_bytes,
        finished_at=datetime.now(UTC),
    )
