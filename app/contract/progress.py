"""How far an optimization has come, and how its losses fell."""

from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, FiniteFloat


class _Slip(BaseModel):
    model_config = ConfigDict(frozen=True)


class Losses(_Slip):
    """The objective's terms at one step, weighted, so that they add up to `total`."""

    total: FiniteFloat
    content: FiniteFloat
    style: FiniteFloat
    tv: FiniteFloat


class Progress(_Slip):
    """How far an optimization has come.

    `fraction` (0 to 1) counts work, not steps: a step at a coarse scale costs less.
    """

    fraction: float
    step: int
    total_steps: int
    scale: int
    total_scales: int
    width: int
    height: int
    loss: Losses
    steps_per_second: float
    elapsed_seconds: float
    eta_seconds: float
    updated_at: datetime


class LossPoint(NamedTuple):
    """One point of the loss curve: losses of two scales do not compare."""

    step: int
    scale: int
    total: float
    content: float
    style: float
    tv: float
