"""How strongly each of several paintings shows, as a client may send it."""

from typing import Annotated

from pydantic import Field, FiniteFloat

from app.contract.kinds.image.limits import (
    MAX_STYLE_WEIGHT,
    MAX_STYLES,
    MIN_STYLE_WEIGHT,
)

StyleWeight = Annotated[
    FiniteFloat,
    # What a form's empty field stands for.
    Field(ge=MIN_STYLE_WEIGHT, le=MAX_STYLE_WEIGHT, json_schema_extra={"default": 1}),
]
StyleWeights = Annotated[
    tuple[StyleWeight, ...],
    # For readers alone: an empty list is told as one that does not match the paintings.
    Field(max_length=MAX_STYLES, json_schema_extra={"minItems": 1}),
]
