"""What a user may ask of a picture, in the user's words, with every bound.

The engine has words of its own (learning rates, layers, ladders); one function in
`worker.engine_press` translates. Defaults are written here once.
"""

import secrets
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

MIN_SIZE_PX = 64
MAX_SIZE_PX = 2048
MAX_STEPS = 2000
MIN_STYLE_SCALE = 0.25
MAX_STYLE_SCALE = 4.0
#: Seeds fit a signed 32-bit integer, so that every client language holds them.
MAX_SEED = 2**31 - 1


class Preset(StrEnum):
    """How much time a picture may take."""

    DRAFT = "draft"
    STANDARD = "standard"
    HIGH = "high"


#: Optimizer steps over all scales. `worker.engine` has the schedules themselves; a test
#: holds the two tables together.
STEPS_OF_PRESET: dict[Preset, int] = {
    Preset.DRAFT: 100,
    Preset.STANDARD: 250,
    Preset.HIGH: 800,
}


class StyleLoss(StrEnum):
    """Which distance between style statistics is minimized."""

    WASSERSTEIN = "wasserstein"
    GRAM = "gram"


class Start(StrEnum):
    """What the optimization starts from."""

    CONTENT = "content"
    NOISE = "noise"


class Color(StrEnum):
    """Whose colours the picture has."""

    STYLE = "style"
    CONTENT = "content"
    MATCHED = "matched"


class StyleTransferParameters(BaseModel):
    """What a client sends: anything left out is filled in by `resolve`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Annotated[
        Preset, Field(description="How much time the picture may take.")
    ] = Preset.STANDARD
    size: Annotated[
        int,
        Field(
            ge=MIN_SIZE_PX,
            le=MAX_SIZE_PX,
            description="Long side of the result in pixels.",
        ),
    ] = 512
    style_strength: Annotated[
        FiniteFloat,
        Field(ge=0, le=1, description="How strongly the painting shows; 0 to 1."),
    ] = 0.5
    content_strength: Annotated[
        FiniteFloat,
        Field(ge=0, le=1, description="How closely the photograph is kept; 0 to 1."),
    ] = 0.5
    style_loss: Annotated[
        StyleLoss,
        Field(description="The distance between style statistics."),
    ] = StyleLoss.WASSERSTEIN
    color: Annotated[
        Color,
        Field(
            description="Whose colours: the painting's (style); the photograph's, only "
            "its light and dark repainted (content); or the photograph's palette in "
            "the painting's strokes (matched)."
        ),
    ] = Color.STYLE
    style_scale: Annotated[
        FiniteFloat,
        Field(
            ge=MIN_STYLE_SCALE,
            le=MAX_STYLE_SCALE,
            description="Size of the painting's strokes; above 1 as far as the "
            "painting has pixels.",
        ),
    ] = 1.0
    start: Annotated[
        Start,
        Field(
            description="Start from the photograph, or from noise: freer forms, less "
            "of the photograph."
        ),
    ] = Start.CONTENT
    steps: Annotated[
        int | None,
        Field(
            ge=1,
            le=MAX_STEPS,
            description="Optimizer steps over all scales; the preset's if left out.",
        ),
    ] = None
    seed: Annotated[
        int | None,
        Field(
            ge=0,
            le=MAX_SEED,
            description="Same inputs and seed, same picture; drawn if left out.",
        ),
    ] = None

    def resolve(self) -> "ResolvedParameters":
        """Return the parameters with every value filled in, a drawn seed included."""
        values = self.model_dump()
        if self.steps is None:
            values["steps"] = STEPS_OF_PRESET[self.preset]
        if self.seed is None:
            values["seed"] = secrets.randbelow(MAX_SEED + 1)
        return ResolvedParameters(**values)


class ResolvedParameters(StyleTransferParameters):
    """Every value that makes the picture: posting it back gives the same one."""

    steps: Annotated[int, Field(ge=1, le=MAX_STEPS)]
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)]

    def resolve(self) -> Self:
        """Return itself: nothing is left to fill in."""
        return self
