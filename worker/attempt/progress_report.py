"""What is reported of a job: how far it has come, and at its end what it cost.

Translates the runner's steps into the contract's words; knows no ledger.
"""

from datetime import UTC, datetime

from app.contract.jobs import Job, Outcome
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.samples import Sample
from app.contract.updates import Update
from worker.runners.runner import Step


class ProgressReport:
    """Follows the steps of one attempt."""

    def __init__(self) -> None:
        self._first: Step | None = None

    def progress_of(self, step: Step, resumed_from_step: int | None = None) -> Update:
        """Return how far the attempt has come with this step, and how fast.

        The pace is that since the first step: what came before it is preparation, which
        is not to be paid again for each step that is left.

        Args:
            step: that was taken.
            resumed_from_step: that the attempt went on from; None if it began anew.
        """
        self._first = first = self._first or step
        taken_s = step.elapsed_s - first.elapsed_s
        done = step.fraction - first.fraction
        steps = step.step - first.step
        if not (taken_s > 0 and done > 0):
            taken_s, steps = step.elapsed_s, step.step - (resumed_from_step or 0)
            done = step.fraction * steps / step.step
        return Update(
            fraction=step.fraction,
            step=step.step,
            total_steps=step.total_steps,
            stage=step.scale,
            total_stages=step.total_scales,
            metrics={
                "total": step.losses.total,
                "content": step.losses.content,
                "style": step.losses.style,
                "tv": step.losses.total_variation,
            },
            details={"width": step.width_px, "height": step.height_px},
            steps_per_second=steps / taken_s if taken_s > 0 else 0.0,
            elapsed_seconds=step.elapsed_s,
            eta_seconds=taken_s * (1 - step.fraction) / done if done > 0 else 0.0,
            updated_at=datetime.now(UTC),
        )


def sample_of(
    job: Job,
    params: ResolvedParameters,
    outcome: Outcome,
    steps: int,
    optimization_s: float,
) -> Sample | None:
    """Return what the job cost, None if other jobs can learn nothing from it.

    Those that were stopped early, and those that may leave a scale early, take less
    than their steps say.

    Args:
        job: what was asked for.
        params: of the job.
        outcome: what came of it.
        steps: over all scales.
        optimization_s: from the first step to the last one's picture.
    """
    if outcome.stopped_early or params.early_stop:
        return None
    how = outcome.reproducibility
    return Sample(
        kind=job.kind,
        device=how.device,
        precision=how.precision,
        convolutions=how.convolutions,
        traits=IMAGE.traits(params, job.inputs),
        steps=steps,
        work=job.work,
        setup_seconds=outcome.setup_seconds,
        predict_seconds=optimization_s,
        peak_memory_bytes=outcome.peak_memory_bytes,
        finished_at=datetime.now(UTC),
    )
