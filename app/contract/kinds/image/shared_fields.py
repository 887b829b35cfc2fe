"""Parameters of a picture that mean the same in both engines, each written once."""

from typing import Annotated

from pydantic import Field, FiniteFloat

from app.contract.painting import limits
from app.contract.painting.choices import Keep

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
