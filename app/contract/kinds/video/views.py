"""The JSON of a video job's inputs, progress, result and series."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.contract.artifacts import FileView
from app.contract.kinds.paintings import InputPack, InputPainting


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class InputVideo(_View):
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


class VideoInput(_View):
    """What a job is made from."""

    content: InputVideo
    styles: tuple[InputPainting, ...]
    #: In the order of the styles.
    packs: tuple[InputPack | None, ...] = ()


class ShotProgress(_View):
    """Where in the clip it stands."""

    shot: Annotated[int, Field(description="Which shot this is, from 1.")]
    mask_share: Annotated[
        float, Field(description="Part of the frame that was carried on, 0 to 1.")
    ] = 0.0
    frame_step: Annotated[
        int | None,
        Field(description="Steps taken of the frame in work, with engine=optimize."),
    ] = None


class VideoProgress(_View):
    """How far a clip has come."""

    fraction: Annotated[float, Field(description="Of the frames, 0 to 1.")]
    step: Annotated[int, Field(description="Frames painted so far.")]
    total_steps: Annotated[int, Field(description="Frames of the whole.")]
    unit: Annotated[str, Field(description="What a step is.")] = "frames"
    scale: Annotated[int, Field(description="1: frames have one size.")] = 1
    total_scales: Annotated[int, Field(description="Likewise.")] = 1
    width: Annotated[int, Field(description="Of the result.")]
    height: Annotated[int, Field(description="Of the result.")]
    loss: Annotated[None, Field(description="Frames have none in common.")] = None
    video: ShotProgress
    steps_per_second: Annotated[float, Field(description="On average so far.")]
    elapsed_seconds: Annotated[float, Field(description="Of the painting.")]
    eta_seconds: Annotated[float, Field(description="What is left of it.")]
    updated_at: Annotated[datetime, Field(description="When the worker told this.")]


class VideoFacts(_View):
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


class VideoResult(BaseModel):
    """A finished clip."""

    url: Annotated[str, Field(description="Where the clip is.")]
    media_type: Annotated[str, Field(description="As stored.")]
    width: Annotated[int, Field(description="In pixels.")]
    height: Annotated[int, Field(description="In pixels.")]
    bytes: Annotated[int, Field(description="Of the stored file.")]
    sha256: Annotated[str, Field(description="Of the stored file.")]
    stopped_early: Annotated[
        bool, Field(description="Whether `finish` ended it before its last frame.")
    ]
    video: VideoFacts
    expires_at: Annotated[
        datetime | None,
        Field(description="Then the clip is deleted; the record stays."),
    ] = None
    expired: Annotated[
        bool, Field(description="Whether the clip has been deleted.")
    ] = False
    files: Annotated[
        list[FileView], Field(description="What else the job has made.")
    ] = []


class VideoRow(BaseModel):
    """A row of the series."""

    step: Annotated[int, Field(ge=0, examples=[25])]
    scale: Annotated[int, Field(ge=0, description="Always 1.")] = 1
