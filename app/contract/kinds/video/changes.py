"""What of a clip may change while it is painted: a step is a frame."""

from typing import Annotated, Required

from pydantic import ConfigDict, Field, FiniteFloat
from typing_extensions import TypedDict

from app.contract.changes import AT_STEP, AT_STEP_WORDS, NEW_VALUE_WORDS
from app.contract.kinds.video import limits
from app.contract.painting.choices import Color


class Change(TypedDict, total=False):
    """What holds from the step after `at_step` on; the bounds are the parameters'."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic's way

    at_step: Required[
        Annotated[int, Field(ge=0, le=limits.MAX_FRAMES, description=AT_STEP_WORDS)]
    ]
    style_strength: Annotated[
        FiniteFloat, Field(ge=0, le=1, description=NEW_VALUE_WORDS)
    ]
    temporal_strength: Annotated[
        FiniteFloat, Field(ge=0, le=1, description=NEW_VALUE_WORDS)
    ]
    color: Annotated[Color, Field(description=NEW_VALUE_WORDS)]


CHANGEABLE = frozenset(Change.__annotations__) - {AT_STEP}
