"""What of a picture may change while it is painted, and when it did."""

from typing import Annotated, Required

from pydantic import ConfigDict, Field, FiniteFloat
from typing_extensions import TypedDict

from app.contract.changes import AT_STEP, AT_STEP_WORDS, NEW_VALUE_WORDS
from app.contract.inputs import input_name
from app.contract.painting import limits
from app.contract.painting.weights import StyleWeights

_LAST_STEP = limits.MAX_RUNGS * limits.MAX_RUNG_STEPS
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
        Annotated[int, Field(ge=0, le=_LAST_STEP, description=AT_STEP_WORDS)]
    ]
    style_strength: Annotated[
        FiniteFloat, Field(ge=0, le=1, description=NEW_VALUE_WORDS)
    ]
    content_strength: Annotated[
        FiniteFloat, Field(ge=0, le=1, description=NEW_VALUE_WORDS)
    ]
    style_weights: Annotated[StyleWeights | None, Field(description=NEW_VALUE_WORDS)]
    total_variation: Annotated[
        FiniteFloat,
        Field(ge=0, le=limits.MAX_TOTAL_VARIATION, description=NEW_VALUE_WORDS),
    ]
    learning_rate: Annotated[
        FiniteFloat | None,
        Field(
            ge=limits.MIN_LEARNING_RATE,
            le=limits.MAX_LEARNING_RATE,
            description=NEW_VALUE_WORDS,
        ),
    ]
    gradient_clip: Annotated[
        FiniteFloat | None,
        Field(
            ge=limits.MIN_GRADIENT_CLIP,
            le=limits.MAX_GRADIENT_CLIP,
            description=NEW_VALUE_WORDS,
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


CHANGEABLE = frozenset(Change.__annotations__) - {AT_STEP, *_MASK_NAMES}


def masks_of(styles: int) -> frozenset[str]:
    """Return the names of the masks that so many paintings may have."""
    return frozenset(_MASK_NAMES[:styles])
