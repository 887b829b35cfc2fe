"""A picture's parameters with every value filled in: what its job's record holds."""

import secrets
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.contract.kinds.image.changes import Changes
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting import limits
from app.contract.painting.choices import STEPS_OF_PRESET
from app.contract.painting.weights import StyleWeights


class ResolvedParameters(StyleTransferParameters, json_schema_extra=None):
    """Every value that makes the picture: posting it back gives the same one."""

    seed: Annotated[int, Field(ge=0, le=limits.MAX_SEED, description="Sent or drawn.")]
    #: The default is for records from when there was one painting and no weight.
    style_weights: Annotated[StyleWeights, Field(description="In order.")] = (1.0,)
    #: Any number: so many as there were.
    changes: Annotated[Changes, Field(description="At which step what changed.")] = ()

    @model_validator(mode="after")
    def _steps_or_rungs(self) -> Self:
        if self.steps is None and self.rungs is None:
            raise PydanticCustomError("no_steps", "Either steps or rungs must be there")
        return self


def resolve(sent: StyleTransferParameters, styles: int = 1) -> ResolvedParameters:
    """Return the parameters with every value filled in, a drawn seed included.

    Args:
        sent: what a client sent, or what was resolved before: that stays as it is.
        styles: how many paintings there are.
    """
    values = sent.model_dump()
    if sent.steps is None and sent.rungs is None:
        values["steps"] = STEPS_OF_PRESET[sent.preset]
    if sent.seed is None:
        values["seed"] = secrets.randbelow(limits.MAX_SEED + 1)
    if sent.style_weights is None:
        values["style_weights"] = (1.0,) * styles
    return ResolvedParameters(**values)
