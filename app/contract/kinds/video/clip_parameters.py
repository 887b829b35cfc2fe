"""What may be asked of a clip however it is painted, in the user's words."""

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

from app.contract.changes import SentChanges
from app.contract.kinds.video import limits
from app.contract.kinds.video.changes import Change
from app.contract.kinds.video.choices import (
    CODECS_OF_FORMAT,
    Audio,
    Codec,
    Flow,
    Format,
)
from app.contract.painting.choices import Color
from app.contract.painting.fields import (
    SentStyleWeights,
    StyleScale,
    StyleStrength,
    WhoseColor,
)


class ClipParameters(BaseModel):
    """What both engines read; what others are checked against comes before them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: Annotated[
        int,
        Field(
            ge=limits.MIN_SIZE_PX,
            le=limits.MAX_SIZE_PX,
            description="Long side of the result in pixels; both sides are made even.",
        ),
    ] = 512
    start_seconds: Annotated[
        FiniteFloat | None,
        Field(
            ge=0, description="Where in the clip to begin; at its start if left out."
        ),
    ] = None
    end_seconds: Annotated[
        FiniteFloat | None,
        Field(gt=0, description="Where in the clip to end; at its end if left out."),
    ] = None
    style_strength: StyleStrength = 0.5
    style_weights: SentStyleWeights = None
    color: WhoseColor = Color.STYLE
    style_scale: StyleScale = 1.0
    temporal_strength: Annotated[
        FiniteFloat,
        Field(
            ge=0,
            le=1,
            description="How firmly the paint sticks to what moves; 0 paints each "
            "frame alone.",
        ),
    ] = 0.5
    keyframe_interval: Annotated[
        int,
        Field(
            ge=0,
            le=limits.MAX_KEYFRAME_INTERVAL,
            description="Paint afresh every so many frames; 0: only where a shot "
            "begins or the motion is lost.",
        ),
    ] = 0
    propagate: Annotated[
        bool,
        Field(
            description="Paint key frames alone, every `keyframe_interval` (12 if 0, "
            "at most 48), and carry them to the frames between from both sides."
        ),
    ] = False
    flow: Annotated[
        Flow,
        Field(
            description="How motion is found: DIS at half size, or coarser and at a "
            "quarter (dis_fast)."
        ),
    ] = Flow.DIS
    cut_threshold: Annotated[
        FiniteFloat,
        Field(
            ge=0,
            le=1,
            description="How much colours must change for a cut; 1: there are none.",
        ),
    ] = 0.5
    format: Annotated[
        Format,
        Field(
            description="The container: MP4 with H.264, WebM with VP9, or the first of "
            "them that this service has (auto); animated GIF and WebP have no sound."
        ),
    ] = Format.AUTO
    codec: Annotated[
        Codec, Field(description="How the result is coded; auto is the container's.")
    ] = Codec.AUTO
    quality: Annotated[
        int, Field(ge=1, le=100, description="Of the result: more takes more bytes.")
    ] = 75
    audio: Annotated[
        Audio,
        Field(
            description="Whether the sound is kept, bit for bit where the container "
            "takes it, or dropped."
        ),
    ] = Audio.COPY
    changes: SentChanges[Change] = ()

    @field_validator("end_seconds")
    @classmethod
    def _after_the_start(
        cls, value: float | None, info: ValidationInfo
    ) -> float | None:
        start = info.data.get("start_seconds")
        if value is not None and start is not None and value <= start:
            raise PydanticCustomError(
                "greater_than",
                "Input should be greater than start_seconds, which is {gt}",
                {"gt": start},
            )
        return value

    @field_validator("codec")
    @classmethod
    def _of_the_container(cls, value: Codec, info: ValidationInfo) -> Codec:
        chosen = info.data.get("format", Format.AUTO)
        if Format.AUTO is chosen or value is Codec.AUTO:
            return value
        taken = CODECS_OF_FORMAT.get(chosen, ())
        if value not in taken:
            raise PydanticCustomError(
                "enum",
                "Input should be {expected}: what {format} takes here",
                {
                    "expected": " or ".join((Codec.AUTO, *taken)),
                    "format": str(chosen),
                },
            )
        return value
