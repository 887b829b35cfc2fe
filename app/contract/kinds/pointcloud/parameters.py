"""What a user may ask of a cloud, in the user's words, with every bound."""

from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from app.contract.changes import SentChanges, ToldChanges
from app.contract.kinds.pointcloud import form, limits
from app.contract.kinds.pointcloud.changes import Change
from app.contract.kinds.pointcloud.choices import (
    PALETTE_STEPS,
    STEPS_OF_PRESET,
    CloudPreset,
    Harmonics,
    Mode,
    Up,
)
from app.contract.painting.choices import Color
from app.contract.painting.fields import (
    ResolvedSeed,
    ResolvedStyleWeights,
    SentStyleWeights,
    StyleScale,
    StyleStrength,
    filled_in,
)
from app.contract.painting.limits import MAX_SEED


class CloudParameters(BaseModel):
    """What a client sends; fields that others are checked against come before them."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=form.FORM)

    mode: Annotated[
        Mode,
        Field(
            description="How: optimized through views from all sides (paint); views "
            "by the fast network, carried back once (quick); or the painting's "
            "colours alone, without its strokes (palette)."
        ),
    ] = Mode.PAINT
    preset: Annotated[
        CloudPreset, Field(description="How much time the cloud may take.")
    ] = CloudPreset.STANDARD
    views: Annotated[
        int,
        Field(
            ge=limits.MIN_VIEWS,
            le=limits.MAX_VIEWS,
            description="Cameras that it is painted from; of cameras that were sent "
            "at most so many, evenly spread.",
        ),
    ] = 16
    view_size: Annotated[
        int,
        Field(
            ge=limits.MIN_VIEW_PX,
            le=limits.MAX_VIEW_PX,
            description="Side of a view in pixels: larger ones show finer strokes.",
        ),
    ] = 384
    up: Annotated[
        Up,
        Field(description="Which way is up; found by the ground if it is auto."),
    ] = Up.AUTO
    steps: Annotated[
        int | None,
        Field(
            ge=1,
            le=limits.MAX_STEPS,
            description="Optimizer steps, one view each; the preset's if left out.",
        ),
    ] = None
    style_strength: StyleStrength = 0.5
    content_strength: Annotated[
        FiniteFloat,
        Field(ge=0, le=1, description="How closely the views are kept; 0 to 1."),
    ] = 0.5
    style_weights: SentStyleWeights = None
    color: Annotated[
        Color,
        Field(
            description="Whose colours: the painting's (style); the cloud's, only its "
            "light and dark repainted (content); or the cloud's palette in the "
            "painting's strokes (matched)."
        ),
    ] = Color.STYLE
    style_scale: StyleScale = 1.0
    smoothness: Annotated[
        FiniteFloat,
        Field(ge=0, le=1, description="How much colours of near points hold together."),
    ] = 0.2
    harmonics: Annotated[
        Harmonics,
        Field(
            description="Gaussian splats: whether the part of the colour that depends "
            "on the view follows the new colour (scale), stays (keep) or goes (drop)."
        ),
    ] = Harmonics.SCALE
    split: Annotated[
        int,
        Field(
            ge=0,
            le=limits.MAX_SPLITS,
            description="Gaussian splats: how often large ones are divided in two "
            "before they are painted, for finer strokes; at most twice as many come "
            "back. 0 keeps the geometry.",
        ),
    ] = 0
    background: Annotated[
        str,
        Field(
            pattern=r"^#[0-9a-fA-F]{6}$",
            description="Colour behind the cloud where it is shown: #rrggbb.",
        ),
    ] = "#808080"
    seed: Annotated[
        int | None,
        Field(
            ge=0,
            le=MAX_SEED,
            description="Same inputs and seed, same cloud; drawn if left out.",
        ),
    ] = None
    changes: SentChanges[Change] = ()

    @field_validator("view_size")
    @classmethod
    def _together(cls, value: int, info: ValidationInfo) -> int:
        views = info.data.get("views")
        if views is None:
            return value
        largest = int((limits.MAX_VIEW_PIXELS / views) ** 0.5)
        if value > largest:
            raise PydanticCustomError(
                "less_than_equal",
                "Input should be less than or equal to {le} with {views} views",
                {"le": largest, "views": views},
            )
        return value


class ResolvedCloudParameters(CloudParameters, json_schema_extra=None):
    """Every value that makes the cloud: posting it back gives the same one."""

    steps: Annotated[int, Field(ge=1, le=limits.MAX_STEPS, description="Over all.")]
    style_weights: ResolvedStyleWeights
    seed: ResolvedSeed
    changes: ToldChanges[Change] = ()


def _steps(sent: CloudParameters) -> int:
    """Return how many steps there will be: a view each, or a direction."""
    if sent.mode is Mode.QUICK:
        return sent.views
    if sent.mode is Mode.PALETTE:
        return PALETTE_STEPS
    return STEPS_OF_PRESET[sent.preset]


def resolve(sent: CloudParameters, styles: int) -> ResolvedCloudParameters:
    """Return the parameters with every value filled in, a drawn seed included."""
    values = filled_in(sent, styles)
    if sent.steps is None:
        values["steps"] = _steps(sent)
    return ResolvedCloudParameters(**values)
