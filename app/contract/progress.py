"""How far an optimization has come, and how its losses fell."""

from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat


class _Slip(BaseModel):
    model_config = ConfigDict(frozen=True)


class Losses(_Slip):
    """The objective's terms at one step, weighted, so that they add up to `total`."""

    total: Annotated[FiniteFloat, Field(description="The sum of the others.")]
    content: Annotated[FiniteFloat, Field(description="Distance from the photograph.")]
    style: Annotated[FiniteFloat, Field(description="Distance from the paintings.")]
    tv: Annotated[FiniteFloat, Field(description="Roughness (total variation).")]


class Progress(_Slip):
    """How far an optimization has come.

    `fraction` (0 to 1) counts work, not steps: a step at a coarse scale costs less.
    """

    fraction: Annotated[float, Field(description="Of the work, 0 to 1.")]
    step: Annotated[int, Field(description="Steps taken so far.")]
    total_steps: Annotated[int, Field(description="Over all scales.")]
    scale: Annotated[int, Field(description="Which scale this is, 1 for the coarsest.")]
    total_scales: Annotated[int, Field(description="How many there are.")]
    width: Annotated[int, Field(description="Of the picture at this scale.")]
    height: Annotated[int, Field(description="Of the picture at this scale.")]
    loss: Losses
    steps_per_second: Annotated[float, Field(description="On average so far.")]
    elapsed_seconds: Annotated[float, Field(description="Of the optimization.")]
    eta_seconds: Annotated[float, Field(description="What is left of it.")]
    updated_at: Annotated[datetime, Field(description="When the worker told this.")]


class LossPoint(NamedTuple):
    """One point of the loss curve: losses of two scales do not compare."""

    step: int
    scale: int
    total: float
    content: float
    style: float
    tv: float
