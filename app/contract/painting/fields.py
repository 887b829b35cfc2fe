"""Parameters that mean the same in every kind that paints, each written once."""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, FiniteFloat

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
ResolvedStyleWeights = Annotated[StyleWeights, Field(description="In order.")]
ResolvedSeed = Annotated[
    int, Field(ge=0, le=limits.MAX_SEED, description="Sent or drawn.")
]

#: Codes of problems, by parameter and pydantic's type of error.
REFUSAL_CODES: Mapping[tuple[str, str], str] = {
    ("preset", "enum"): "unknown_preset",
    ("styles", "less_than_equal"): "too_many_styles",
    ("style_weights", "too_long"): "style_weights_mismatch",
}


# Any: of whatever parameters a kind has.
def filled_in(sent: BaseModel, styles: int) -> dict[str, Any]:
    """Return what was sent, with a weight for each painting and a seed.

    Args:
        sent: a seed that it has and that is None is drawn.
        styles: how many paintings there are.
    """
    values = sent.model_dump()
    if values["style_weights"] is None:
        values["style_weights"] = (1.0,) * styles
    if "seed" in values and values["seed"] is None:
        values["seed"] = secrets.randbelow(limits.MAX_SEED + 1)
    return values
