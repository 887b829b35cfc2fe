"""Parameters that mean the same in every kind that paints, each written once."""

from typing import Annotated

from pydantic import Field, FiniteFloat

from app.contract.painting import limits
from app.contract.painting.choices import Color
from app.contract.painting.weights import StyleWeights

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
