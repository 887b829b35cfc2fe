"""A ladder of a client's own: how large each scale is, and how many steps it takes."""

import itertools
from collections.abc import Collection
from typing import Annotated

from pydantic import Field
from pydantic_core import PydanticCustomError

from app.contract.painting.limits import (
    MAX_RUNG_STEPS,
    MAX_RUNGS,
    MAX_SIZE_PX,
    MIN_SIZE_PX,
)

Rung = tuple[
    Annotated[int, Field(ge=MIN_SIZE_PX, le=MAX_SIZE_PX)],
    Annotated[int, Field(ge=1, le=MAX_RUNG_STEPS)],
]
#: (long side in pixels, steps) of each scale, from coarse to fine.
Rungs = Annotated[
    tuple[Rung, ...],
    # For readers alone: `require_ladder` has words of its own for an empty one.
    Field(max_length=MAX_RUNGS, json_schema_extra={"minItems": 1}),
]


def require_ladder(rungs: Rungs, size_px: int) -> None:
    """Raise a PydanticCustomError unless the rungs rise and end at `size_px`."""
    if not rungs:
        raise PydanticCustomError("no_rungs", "There must be at least one rung")
    scales = [scale_px for scale_px, _ in rungs]
    if any(fine <= coarse for coarse, fine in itertools.pairwise(scales)):
        raise PydanticCustomError(
            "rungs_do_not_rise",
            "The long sides must rise from rung to rung; they are {scales}",
            {"scales": ", ".join(map(str, scales))},
        )
    if scales[-1] != size_px:
        raise PydanticCustomError(
            "rungs_do_not_end_at_size",
            "The last rung must be as long as size, {size}; it is {last}",
            {"size": size_px, "last": scales[-1]},
        )


def require_alone(others: Collection[str]) -> None:
    """Raise a PydanticCustomError if other fields say how the steps are shared out."""
    if others:
        raise PydanticCustomError(
            "excluded",
            "rungs takes the place of {others}: send one or the other",
            {"others": " and ".join(others)},
        )
