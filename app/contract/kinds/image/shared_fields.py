"""Parameters that mean the same in both engines, each written once."""

from typing import Annotated

from pydantic import Field, FiniteFloat

from app.contract.kinds.image import limits
from app.contract.kinds.image.choices import Color, Keep
from app.contract.kinds.image.weights import StyleWeights

ENGINE_WORDS = (
    "How it is painted: optimize takes many steps, fast one pass of a small network."
)
Size = Annotated[
    int,
    Field(
        ge=limits.MIN_SIZE_PX,
        le=limits.MAX_SIZE_PX,
        description="Long side of the result in pixels.",
    ),
]
StyleStrength = Annotated[
    FiniteFloat,
    Field(ge=0, le=1, description="How strongly the painting shows; 0 to 1."),
]
SentStyleWeights = Annotated[
    StyleWeights | None,
    Field(
        description="One for each painting, in order; all 1 if left out.",
        examples=[[1, 0.5]],
    ),
]
WhoseColor = Annotated[
    Color,
    Field(
        description="Whose colours: the painting's (style); the photograph's, only "
        "its light and dark repainted (content); or the photograph's palette in "
        "the painting's strokes (matched)."
    ),
]
StyleScale = Annotated[
    FiniteFloat,
    Field(
        ge=limits.MIN_STYLE_SCALE,
        le=limits.MAX_STYLE_SCALE,
        description="Size of the painting's strokes; above 1 as far as the "
        "painting has pixels.",
    ),
]
WhatIsKept = Annotated[
    Keep,
    Field(
        description="What stays closer to the photograph than the rest: people, "
        "faces, or what is white in the file `keep_mask`."
    ),
]
KeepStrength = Annotated[
    FiniteFloat, Field(ge=0, le=1, description="How close it stays; 0 to 1.")
]
