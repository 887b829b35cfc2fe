"""What is told to learn what a clip would take."""

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PlainValidator

from app.contract.engines import sent_model
from app.contract.inputs import Input, Inputs, input_name
from app.contract.kinds.video.engines import ENGINES
from app.contract.kinds.video.limits import MAX_FRAMES
from app.contract.kinds.video.parameters import SentClip, VideoParameters
from app.contract.painting.limits import MAX_STYLES


def _params(value: object) -> BaseModel:
    if isinstance(value, BaseModel):
        return value
    model = sent_model(ENGINES, value, VideoParameters)
    return model.model_validate_json(json.dumps(value), strict=True)


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
        # A union's own errors would name its parts in the place of fields.
        PlainValidator(_params, json_schema_input_type=SentClip),
        Field(default_factory=VideoParameters, description="As in a submission."),
    ]
    styles: Annotated[
        int, Field(ge=1, le=MAX_STYLES, description="How many paintings.")
    ] = 1


def planned(asked: VideoEstimateRequest) -> tuple[SentClip, Inputs]:
    """Return the parameters, the clip's facts, and so many paintings."""
    weights = asked.params.style_weights
    styles = asked.styles if weights is None else max(1, len(weights))
    unknown = Input(media_type="", sha256="")
    content = Input(
        media_type="",
        sha256="",
        facts={
            "width": asked.width,
            "height": asked.height,
            "frames": asked.frames,
            "duration_seconds": asked.frames / asked.frame_rate,
        },
    )
    names = (input_name("style", number) for number in range(styles))
    return asked.params, {"content": content, **dict.fromkeys(names, unknown)}
