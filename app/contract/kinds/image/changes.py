"""What of a picture may change while it is painted, and when it did."""

import itertools
from collections.abc import Sequence
from typing import Annotated, Required

from pydantic import ConfigDict, Field, FiniteFloat
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from app.contract.inputs import input_name
from app.contract.painting import limits
from app.contract.painting.weights import StyleWeights

_LAST_STEP = limits.MAX_RUNGS * limits.MAX_RUNG_STEPS
#: So many may be sent: also those of a job whose sliders were moved for minutes.
MAX_CHANGES = 500


_NEW = "From the next step on."


_Mask = Annotated[
    str | None,
    Field(
        pattern="^[0-9a-f]{64}$",
        description="The painting's mask by its hash, null for none: as a job's "
        "`params` tell that was replaced; `retry` and `branch` know it.",
    ),
]
_Masks = TypedDict(
    "_Masks",
    {"mask/0": _Mask, "mask/1": _Mask, "mask/2": _Mask, "mask/3": _Mask},
    total=False,
)
_MASK_NAMES = tuple(input_name("mask", each) for each in range(limits.MAX_STYLES))


class Change(_Masks, total=False):
    """What holds from the step after `at_step` on; the bounds are the parameters'."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic's way

    at_step: Required[
        Annotated[int, Field(ge=0, le=_LAST_STEP, description="So many were taken.")]
    ]
    style_strength: Annotated[FiniteFloat, Field(ge=0, le=1, description=_NEW)]
    content_strength: Annotated[FiniteFloat, Field(ge=0, le=1, description=_NEW)]
    style_weights: Annotated[StyleWeights | None, Field(description=_NEW)]
    total_variation: Annotated[
        FiniteFloat, Field(ge=0, le=limits.MAX_TOTAL_VARIATION, description=_NEW)
    ]
    learning_rate: Annotated[
        FiniteFloat | None,
        Field(
            ge=limits.MIN_LEARNING_RATE, le=limits.MAX_LEARNING_RATE, description=_NEW
        ),
    ]
    gradient_clip: Annotated[
        FiniteFloat | None,
        Field(
            ge=limits.MIN_GRADIENT_CLIP, le=limits.MAX_GRADIENT_CLIP, description=_NEW
        ),
    ]
    steps: Annotated[
        int | None,
        Field(
            ge=1,
            le=_LAST_STEP,
            description="So many in all: the last scale takes what is left of them.",
        ),
    ]


CHANGEABLE = frozenset(Change.__annotations__) - {"at_step", *_MASK_NAMES}
Changes = tuple[Change, ...]


def require_rising(changes: Sequence[Change]) -> None:
    """Raise a PydanticCustomError unless each comes at a later step than the last."""
    steps = [change["at_step"] for change in changes]
    if any(later <= earlier for earlier, later in itertools.pairwise(steps)):
        raise PydanticCustomError(
            "changes_do_not_rise",
            "at_step must rise from change to change; the steps are {steps}",
            {"steps": ", ".join(map(str, steps))},
        )


def masks_of(styles: int) -> frozenset[str]:
    """Return the names of the masks that so many paintings may have."""
    return frozenset(_MASK_NAMES[:styles])
