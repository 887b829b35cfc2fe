"""A picture's parameters with every value filled in: what its job's record holds."""

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from app.contract.changes import ToldChanges
from app.contract.kinds.image.changes import Change
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import STEPS_OF_PRESET
from app.contract.painting.fields import ResolvedSeed, ResolvedStyleWeights, filled_in


class ResolvedParameters(StyleTransferParameters, json_schema_extra=None):
    """Every value that makes the picture: posting it back gives the same one."""

    seed: ResolvedSeed
    #: The default is for records from when there was one painting and no weight.
    style_weights: ResolvedStyleWeights = (1.0,)
    changes: ToldChanges[Change] = ()

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
    values = filled_in(sent, styles)
    if sent.steps is None and sent.rungs is None:
        values["steps"] = STEPS_OF_PRESET[sent.preset]
    return ResolvedParameters(**values)
