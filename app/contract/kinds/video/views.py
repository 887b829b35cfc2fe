"""The JSON of a video job's inputs, progress, result and series."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.contract.painting.views import InputImage, InputPack
from app.contract.views.kinds import CommonProgress, CommonResult, View


class InputVideo(View):
    """The accepted clip, as its header says and its packets count."""

    sha256: Annotated[str, Field(description="Of the file.")]
    media_type: Annotated[str, Field(description="Of the file.")]
    bytes: Annotated[int, Field(description="Of the file.")]
    width: Annotated[int, Field(description="As it is seen, in pixels.")]
    height: Annotated[int, Field(description="As it is seen, in pixels.")]
    frames: Annotated[int, Field(description="How many there are.")]
    frame_rate: Annotated[str, Field(description="On average, as a fraction.")]
    variable_rate: Annotated[bool, Field(description="Whether frames last unlike.")]
    duration_seconds: Annotated[float, Field(description="Of the pictures.")]
    codec: Annotated[str, Field(description="Of the pictures.")]
    rotation: Annotated[int, Field(description="That is applied, in degrees.")] = 0
    audio: Annotated[str | None, Field(description="Codec of the sound.")] = None


class VideoInput(View):
    """What a job is made from."""

    content: InputVideo
    styles: tuple[InputImage, ...]
    #: In the order of the styles.
    packs: tuple[InputPack | None, ...] = ()


class ShotProgress(View):
    """Where in the clip it stands."""

    shot: Annotated[int, Field(description="Which shot this is, from 1.")]
    mask_share: Annotated[
        float, Field(description="Part of the frame that was carried on, 0 to 1.")
    ] = 0.0
    frame_step: Annotated[
        int | None,
        Field(description="Steps taken of the frame in work, with engine=optimize."),
    ] = None


class VideoProgress(CommonProgress):
    """How far a clip has come."""

    unit: Annotated[str, Field(description="What a step is.")] = "frames"
    scale: Annotated[int, Field(description="1: frames have one size.")] = 1
    total_scales: Annotated[int, Field(description="Likewise.")] = 1
    width: Annotated[int, Field(description="Of the result.")]
    height: Annotated[int, Field(description="Of the result.")]
    loss: Annotated[None, Field(description="Frames have none in common.")] = None
    video: ShotProgress


class VideoFacts(View):
    """What is known of a finished clip."""

    frames: Annotated[int, Field(description="How many there are.")]
    frame_rate: Annotated[str, Field(description="On average, as a fraction.")]
    variable_rate: Annotated[bool, Field(description="Whether frames last unlike.")]
    duration_seconds: Annotated[float, Field(description="Of the pictures.")]
    codec: Annotated[
        str, Field(description="Of the pictures: h264, vp9, av1, gif, webp.")
    ]
    audio: Annotated[
        str, Field(description="copied: bit for bit; encoded: anew; none.")
    ]
    shots: Annotated[int, Field(description="How many there are.")]
    notes: Annotated[
        tuple[str, ...], Field(description="What else was done, in words.")
    ] = ()


class VideoResult(CommonResult):
    """A finished clip."""

    width: Annotated[int, Field(description="In pixels.")]
    height: Annotated[int, Field(description="In pixels.")]
    video: VideoFacts


class VideoRow(BaseModel):
    """A row of the series."""

    step: Annotated[int, Field(ge=0, examples=[25])]
    scale: Annotated[int, Field(ge=0, description="Always 1.")] = 1
