"""What is told to learn what a clip would take."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PlainValidator

from app.contract.engines import reading
from app.contract.inputs import Facts, Inputs
from app.contract.kinds.video.engines import ENGINES
from app.contract.kinds.video.limits import MAX_FRAMES
from app.contract.kinds.video.parameters import SentClip, VideoParameters
from app.contract.painting.estimates import planned_inputs, styles_of
from app.contract.painting.limits import MAX_STYLES


class VideoEstimateRequest(BaseModel):
    """A clip that might be submitted; its file is not needed yet."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "video",
                    "width": 1280,
                    "height": 720,
                    "frames": 190,
                    "params": {"size": 512},
                }
            ]
        },
    )

    width: Annotated[int, Field(ge=1, description="Of the clip, in pixels.")]
    height: Annotated[int, Field(ge=1, description="Of the clip, in pixels.")]
    frames: Annotated[int, Field(ge=1, le=MAX_FRAMES, description="Of the clip.")]
    frame_rate: Annotated[
        FiniteFloat, Field(gt=0, le=1000, description="Frames a second.")
    ] = 25.0
    params: Annotated[
        SentClip,
        PlainValidator(
            reading(ENGINES, VideoParameters), json_schema_input_type=SentClip
        ),
        Field(default_factory=VideoParameters, description="As in a submission."),
    ]
    styles: Annotated[
        int, Field(ge=1, le=MAX_STYLES, description="How many paintings.")
    ] = 1


def planned(asked: VideoEstimateRequest) -> tuple[SentClip, Inputs]:
    """Return the parameters, the clip's facts, and so many paintings."""
    facts: Facts = {
        "width": asked.width,
        "height": asked.height,
        "frames": asked.frames,
        "duration_seconds": asked.frames / asked.frame_rate,
    }
    styles = styles_of(asked.params.style_weights, asked.styles)
    return asked.params, planned_inputs(facts, styles)
