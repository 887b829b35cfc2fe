"""What a user may ask of a picture, in the user's words, with every bound.

The engine has words of its own; one function in `worker.runners.image` translates.
Defaults are written here once; a value that may be None is then the engine's own.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from app.contract.changes import SentChanges
from app.contract.kinds.image import form
from app.contract.kinds.image.changes import Change
from app.contract.kinds.image.rungs import Rungs, require_alone, require_ladder
from app.contract.kinds.image.shared_fields import (
    ENGINE_WORDS,
    KeepStrength,
    Size,
    WhatIsKept,
)
from app.contract.painting import limits
from app.contract.painting.choices import (
    Color,
    ContentLoss,
    Guidance,
    Keep,
    LearningRateSchedule,
    MemoryMode,
    Network,
    OptimizerName,
    Pooling,
    Precision,
    Preset,
    Start,
    StyleLoss,
)
from app.contract.painting.fields import (
    SentStyleWeights,
    StyleScale,
    StyleStrength,
    WhoseColor,
)
from app.contract.painting.weights import (
    LayerWeights,
    require_layers,
    require_some_weight,
)


class StyleTransferParameters(BaseModel):
    """What a client sends: anything left out is filled in once the job is accepted.

    Fields that others are checked against come before them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=form.FORM)

    engine: Annotated[
        Literal["optimize"],
        # Records, and what tells equal jobs, are as before there was another engine.
        Field(exclude=True, description=ENGINE_WORDS),
    ] = "optimize"
    preset: Annotated[
        Preset, Field(description="How much time the picture may take.")
    ] = Preset.STANDARD
    size: Size = 512
    working_size: Annotated[
        int | None,
        Field(
            ge=limits.MIN_SIZE_PX,
            le=limits.MAX_SIZE_PX,
            description="Paint at this long side, at most `size`, and only sharpen at "
            "`size`: the look of a small picture in a large one.",
        ),
    ] = None
    steps: Annotated[
        int | None,
        Field(
            ge=1,
            le=limits.MAX_STEPS,
            description="Optimizer steps over all scales; the preset's if left out.",
        ),
    ] = None
    rungs: Annotated[
        Rungs | None,
        Field(
            description="A list of [long side, steps], from coarse to fine, the last "
            "with the long side `size`; in place of `steps` and `working_size`.",
            examples=[[[128, 200], [512, 100]]],
        ),
    ] = None
    style_strength: StyleStrength = 0.5
    content_strength: Annotated[
        FiniteFloat,
        Field(ge=0, le=1, description="How closely the photograph is kept; 0 to 1."),
    ] = 0.5
    stroke_strength: Annotated[
        FiniteFloat,
        Field(ge=0, le=1, description="How much it is laid in the painter's strokes."),
    ] = 0.0
    style_weights: SentStyleWeights = None
    network: Annotated[
        Network,
        Field(
            description="Which network looks at the pictures; an operator allows "
            "others than vgg19."
        ),
    ] = Network.VGG19
    style_loss: Annotated[
        StyleLoss,
        Field(
            description="The distance between styles: of statistics as Gaussians "
            "(wasserstein), as Gram matrices, as means and deviations (mean_std); or "
            "of each place from the nearest of the painting (nearest), and back "
            "(optimal_transport)."
        ),
    ] = StyleLoss.WASSERSTEIN
    guidance: Annotated[
        Guidance,
        Field(
            description="With style_loss nearest or optimal_transport: match places of "
            "like kinds only, sky with sky, found without masks (auto)."
        ),
    ] = Guidance.NONE
    content_loss: Annotated[
        ContentLoss,
        Field(
            description="What is kept of the photograph: each place's look (features), "
            "or only how alike its places are (self_similarity): its layout stays, its "
            "textures are free."
        ),
    ] = ContentLoss.FEATURES
    keep: WhatIsKept = Keep.NONE
    keep_strength: KeepStrength = 0.7
    style_layers: Annotated[
        LayerWeights | None,
        Field(
            description="An object of layers and their weights in the style loss, "
            "relative to their sum; the engine's own if left out.",
            examples=[{"relu1_1": 16, "relu3_1": 4}],
        ),
    ] = None
    content_layers: Annotated[
        LayerWeights | None,
        Field(
            description="An object of layers and their weights in the content loss, "
            "relative to their sum; the engine's own if left out.",
            examples=[{"relu4_2": 1}],
        ),
    ] = None
    total_variation: Annotated[
        FiniteFloat,
        Field(
            ge=0,
            le=limits.MAX_TOTAL_VARIATION,
            description="How much the paint is smoothed: 1 as usual, 0 not at all.",
        ),
    ] = 1.0
    pooling: Annotated[
        Pooling,
        Field(description="How the network halves its maps: maximum or mean of four."),
    ] = Pooling.MAX
    color: WhoseColor = Color.STYLE
    style_scale: StyleScale = 1.0
    start: Annotated[
        Start,
        Field(
            description="Start from the photograph; from noise: freer forms, less of "
            "the photograph; from an image, the file `init`; or from the picture of "
            "the engine fast, which is seen at once."
        ),
    ] = Start.CONTENT
    seed: Annotated[
        int | None,
        Field(
            ge=0,
            le=limits.MAX_SEED,
            description="Same inputs and seed, same picture; drawn if left out.",
        ),
    ] = None
    optimizer: Annotated[
        OptimizerName,
        Field(description="How the objective is walked down: Adam or L-BFGS."),
    ] = OptimizerName.ADAM
    learning_rate: Annotated[
        FiniteFloat | None,
        Field(
            ge=limits.MIN_LEARNING_RATE,
            le=limits.MAX_LEARNING_RATE,
            description="Adam's, of the pixel range; the engine's own if left out.",
        ),
    ] = None
    learning_rate_schedule: Annotated[
        LearningRateSchedule,
        Field(description="How the learning rate falls over the steps of a scale."),
    ] = LearningRateSchedule.CONSTANT
    gradient_clip: Annotated[
        FiniteFloat | None,
        Field(
            ge=limits.MIN_GRADIENT_CLIP,
            le=limits.MAX_GRADIENT_CLIP,
            description="Longest gradient, as root mean square times the number of "
            "values; 1 is a usual one; no limit if left out.",
        ),
    ] = None
    averaging: Annotated[
        FiniteFloat | None,
        Field(
            ge=0,
            le=1,
            description="The result averages about this part of a scale's steps, 0 "
            "for the last one alone; Adam's only; the engine's own if left out.",
        ),
    ] = None
    early_stop: Annotated[
        bool,
        Field(description="Leave a scale once its loss hardly falls any more."),
    ] = False
    precision: Annotated[
        Precision,
        Field(description="What the network computes in; auto is the worker's own."),
    ] = Precision.AUTO
    memory: Annotated[
        MemoryMode,
        Field(
            description="What is kept for the backward pass: all of it (whole), a part "
            "(checkpoint), or one tile at a time (tiles); auto takes the first that "
            "fits."
        ),
    ] = MemoryMode.AUTO
    tile_size: Annotated[
        int,
        Field(
            ge=limits.MIN_TILE_PX,
            le=limits.MAX_TILE_PX,
            multiple_of=limits.TILE_STEP_PX,
            description="Side of a tile in pixels, a multiple of 16, for memory=tiles.",
        ),
    ] = 512
    changes: SentChanges[Change] = ()

    @field_validator("working_size")
    @classmethod
    def _at_most_size(cls, value: int | None, info: ValidationInfo) -> int | None:
        size = info.data.get("size")
        if value is not None and size is not None and value > size:
            raise PydanticCustomError(
                "less_than_equal",
                "Input should be less than or equal to size, which is {le}",
                {"le": size},
            )
        return value

    @field_validator("rungs")
    @classmethod
    def _ladder(cls, value: Rungs | None, info: ValidationInfo) -> Rungs | None:
        if value is not None:
            require_alone([n for n in ("steps", "working_size") if info.data.get(n)])
            if "size" in info.data:
                require_ladder(value, info.data["size"])
        return value

    @field_validator("style_layers", "content_layers", mode="before")
    @classmethod
    def _known_layers(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, Mapping) and "network" in info.data:
            require_layers(value, info.data["network"])
        return value

    @field_validator("style_layers", "content_layers")
    @classmethod
    def _some_layer(cls, value: LayerWeights | None) -> LayerWeights | None:
        if value is not None:
            require_some_weight(value)
        return value
