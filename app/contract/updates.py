"""How far a job has come, and the rows of the series that it tells on its way.

The same for every kind: which metrics there are, what a step and a stage are, and what
else is worth telling is the kind's affair.
"""

from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, FiniteFloat

from app.contract.inputs import Facts


class Update(BaseModel):
    """How far a job has come.

    Attributes:
        fraction: of the work, 0 to 1; steps may differ in what they cost.
        unit: what a step is: `steps` of an optimizer, `frames`.
        step: so many were taken.
        total_steps: so many there will be, over all stages.
        stage: where the steps stand, from 1; metrics of two stages do not compare.
        total_stages: so many there are.
        metrics: by name, those and in the order that the kind declares.
        details: what else the kind tells of this step.
        steps_per_second: on average so far.
        elapsed_seconds: since the first step was begun.
        eta_seconds: what is left.
        updated_at: when the worker told this.
    """

    model_config = ConfigDict(frozen=True)

    fraction: float
    unit: str = "steps"
    step: int
    total_steps: int
    stage: int = 1
    total_stages: int = 1
    metrics: dict[str, FiniteFloat] = {}
    details: Facts = {}
    #: A runner leaves this and what is left to the attempt, which knows its pace.
    steps_per_second: float = 0.0
    elapsed_seconds: float
    eta_seconds: float = 0.0
    updated_at: datetime

    @property
    def row(self) -> "Row":
        """What the series keeps of it."""
        return Row(self.step, self.stage, tuple(self.metrics.values()))


class Row(NamedTuple):
    """One row of a job's series; the kind names its columns.

    Attributes:
        step: so many were taken.
        stage: where the step stands; values of two stages do not compare.
        values: of the metrics, in the order that the kind declares.
    """

    step: int
    stage: int
    values: tuple[float, ...]
