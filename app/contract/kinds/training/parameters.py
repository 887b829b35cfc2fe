"""What a user may ask of a training, and its bounds."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from app.contract.changes import SentChanges, ToldChanges
from app.contract.datasets import BUILTIN
from app.contract.form import FieldHints, form_schema
from app.contract.kinds.training.changes import Change
from app.contract.kinds.training.limits import (
    MAX_BATCH,
    MAX_CROP,
    MAX_LEARNING_RATE,
    MAX_STEPS,
    MIN_CROP,
    MIN_LEARNING_RATE,
)
from app.contract.painting import limits
from app.contract.painting.choices import Network

_MAX_TEXT = 200
#: It goes to terminals and into packs: letters, marks, numbers, signs, single spaces.
_TEXT = r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]+( [\p{L}\p{M}\p{N}\p{P}\p{S}]+)*$"


class StartFrom(StrEnum):
    """Which numbers a training begins with."""

    NEAREST = "nearest"
    SCRATCH = "scratch"
    PACK = "pack"


class Train(StrEnum):
    """Which numbers it changes."""

    NORMS = "norms"
    ALL = "all"


class Publish(StrEnum):
    """Whether what was trained becomes a style of the library."""

    GATED = "gated"
    NEVER = "never"


_FORM = form_schema(
    [
        FieldHints(name="name", group="Style", label="Name", is_basic=True),
        FieldHints(name="license", group="Style"),
        FieldHints(name="steps", group="Training", label="Steps", is_basic=True),
        FieldHints(name="train", group="Training"),
        FieldHints(name="start_from", group="Training"),
    ]
)


class TrainingParameters(BaseModel):
    """What a client sends."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_FORM)

    name: Annotated[
        str | None,
        Field(
            pattern=_TEXT,
            max_length=_MAX_TEXT,
            description="What the style is to be called.",
            examples=["waves"],
        ),
    ] = None
    license: Annotated[
        str | None,
        Field(
            pattern=_TEXT,
            max_length=_MAX_TEXT,
            description="Under which the painting, and so the style, may be used.",
            examples=["CC0"],
        ),
    ] = None
    dataset: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9_\-]{0,63}$",
            description="The photographs to learn from: a name of GET /v1/datasets.",
        ),
    ] = BUILTIN
    start_from: Annotated[
        StartFrom,
        Field(
            description="Begin with the nearest of the known styles (nearest), with "
            "nothing (scratch), or with the network of a style of the library: of "
            "`start`, or else of the style itself (pack)."
        ),
    ] = StartFrom.NEAREST
    train: Annotated[
        Train,
        Field(
            description="Change all numbers of the network (all), or a scale and a "
            "shift of each channel alone (norms): quicker, and a little further off."
        ),
    ] = Train.ALL
    steps: Annotated[
        int, Field(ge=1, le=MAX_STEPS, description="Steps of the training.")
    ] = 300
    crop_size: Annotated[
        int,
        Field(
            ge=MIN_CROP,
            le=MAX_CROP,
            multiple_of=4,
            description="Side of the photographs' pieces in pixels, a multiple of 4. "
            "The painting is looked at twice as large.",
        ),
    ] = 128
    batch_size: Annotated[
        int, Field(ge=1, le=MAX_BATCH, description="Pieces a step.")
    ] = 2
    learning_rate: Annotated[
        FiniteFloat | None,
        Field(
            ge=MIN_LEARNING_RATE,
            le=MAX_LEARNING_RATE,
            description="The largest one; what suits `train` if left out.",
        ),
    ] = None
    style_strength: Annotated[
        FiniteFloat,
        Field(ge=0, le=1, description="How strongly the painting shall show; 0 to 1."),
    ] = 0.5
    content_strength: Annotated[
        FiniteFloat,
        Field(ge=0, le=1, description="How well forms shall be kept; 0 to 1."),
    ] = 0.5
    style_scale: Annotated[
        FiniteFloat,
        Field(
            ge=limits.MIN_STYLE_SCALE,
            le=limits.MAX_STYLE_SCALE,
            description="Size of the painting's strokes; above 1 as far as the "
            "painting has pixels.",
        ),
    ] = 1.0
    temporal: Annotated[
        FiniteFloat,
        Field(
            ge=0,
            le=1,
            description="How steady its pictures shall be from frame to frame of a "
            "video; 0 to 1. Above 0 a step takes longer.",
        ),
    ] = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**32, description="Of all that is drawn.")] = 0
    network: Annotated[
        Network, Field(description="Whose features judge while it trains.")
    ] = Network.VGG19
    publish: Annotated[
        Publish,
        Field(
            description="Put the style into the library if the judge is content "
            "(gated), or in no case (never). The first needs the scope styles:write."
        ),
    ] = Publish.GATED
    changes: SentChanges[Change] = ()


class ResolvedTrainingParameters(TrainingParameters, json_schema_extra=None):
    """Every value that makes the style; all have one already."""

    changes: ToldChanges[Change] = ()
