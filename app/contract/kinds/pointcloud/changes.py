"""What of a cloud may change while it is painted."""

from typing import Annotated, Required

from pydantic import ConfigDict, Field, FiniteFloat
from typing_extensions import TypedDict

from app.contract.changes import AT_STEP, AT_STEP_WORDS, NEW_VALUE_WORDS
from app.contract.kinds.pointcloud import limits


class Change(TypedDict, total=False):
    """What holds from the step after `at_step` on; the bounds are the parameters'."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic's way

    at_step: Required[
        Annotated[int, Field(ge=0, le=limits.MAX_STEPS, description=AT_STEP_WORDS)]
    ]
    style_strength: Annotated[
        FiniteFloat, Field(ge=0, le=1, description=NEW_VALUE_WORDS)
    ]
    content_strength: Annotated[
        FiniteFloat, Field(ge=0, le=1, description=NEW_VALUE_WORDS)
    ]
    smoothness: Annotated[FiniteFloat, Field(ge=0, le=1, description=NEW_VALUE_WORDS)]
    steps: Annotated[
        int, Field(ge=1, le=limits.MAX_STEPS, description="So many in all.")
    ]


CHANGEABLE = frozenset(Change.__annotations__) - {AT_STEP}
