"""The JSON of a cloud job's inputs, progress, result and series."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from app.contract.artifacts import FileView
from app.contract.kinds.paintings import InputPainting
from app.contract.kinds.pointcloud.choices import CloudFormat


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class InputCloud(_View):
    """The accepted cloud, as its header says."""

    sha256: Annotated[str, Field(description="Of the file.")]
    media_type: Annotated[str, Field(description="Of the file.")]
    bytes: Annotated[int, Field(description="Of the file.")]
    format: Annotated[CloudFormat, Field(description="Of the file.")]
    points: Annotated[int, Field(description="How many there are.")]
    gaussians: Annotated[bool, Field(description="Whether they are Gaussian splats.")]
    columns: Annotated[
        tuple[str, ...] | None,
        Field(
            description="Of a text: what its columns were taken for; of an NPZ: the "
            "arrays that are read. Null of others, whose headers say it."
        ),
    ] = None


class InputCameras(_View):
    """A file of cameras."""

    sha256: Annotated[str, Field(description="Of the file.")]
    bytes: Annotated[int, Field(description="Of the file.")]
    cameras: Annotated[int, Field(description="So many are in it.")]


class CloudInput(_View):
    """What a job is made from."""

    content: InputCloud
    styles: tuple[InputPainting, ...]
    cameras: Annotated[
        InputCameras | None,
        Field(description="Those that were sent; null where they are ours."),
    ] = None


class CloudLossesView(_View):
    """The weighted losses of one view, which add up to `total`."""

    total: Annotated[FiniteFloat, Field(description="The sum of the others.")]
    content: Annotated[FiniteFloat, Field(description="Distance from the view.")]
    style: Annotated[FiniteFloat, Field(description="Distance from the paintings.")]
    smoothness: Annotated[FiniteFloat, Field(description="Of near points' colours.")]


class ViewProgress(_View):
    """Which view was painted last."""

    view: Annotated[int, Field(description="Which one, from 1.")]
    views_ready: Annotated[int, Field(description="So many were looked at.")]
    total_views: Annotated[int, Field(description="How many there are.")]


class CloudProgress(_View):
    """How far a cloud has come; `fraction` counts work, not steps."""

    fraction: Annotated[float, Field(description="Of the work, 0 to 1.")]
    step: Annotated[int, Field(description="Steps taken so far.")]
    total_steps: Annotated[int, Field(description="Over all scales.")]
    unit: Annotated[str, Field(description="What a step is.")] = "steps"
    scale: Annotated[int, Field(description="Which scale this is, 1 for the coarsest.")]
    total_scales: Annotated[int, Field(description="How many there are.")]
    width: Annotated[int, Field(description="Of a view at this scale.")]
    height: Annotated[int, Field(description="Of a view at this scale.")]
    loss: Annotated[
        CloudLossesView | None, Field(description="None where nothing is optimized.")
    ]
    pointcloud: ViewProgress
    steps_per_second: Annotated[float, Field(description="On average so far.")]
    elapsed_seconds: Annotated[float, Field(description="Of the painting.")]
    eta_seconds: Annotated[float, Field(description="What is left of it.")]
    updated_at: Annotated[datetime, Field(description="When the worker told this.")]


class CloudFacts(_View):
    """What is known of a painted cloud."""

    points: Annotated[int, Field(description="As many as came, and `added`.")]
    recolored: Annotated[int, Field(description="So many of them changed.")]
    gaussians: Annotated[bool, Field(description="Whether they are Gaussian splats.")]
    format: Annotated[CloudFormat, Field(description="As it came.")]
    added: Annotated[
        int,
        Field(
            description="Gaussians that `split` added: above 0 the geometry is not "
            "what came."
        ),
    ] = 0


class CloudResult(BaseModel):
    """A painted cloud: the file that came, with other colours."""

    url: Annotated[str, Field(description="Where the file is.")]
    media_type: Annotated[str, Field(description="As stored.")]
    width: Annotated[None, Field(description="A cloud has none.")] = None
    height: Annotated[None, Field(description="A cloud has none.")] = None
    bytes: Annotated[int, Field(description="Of the stored file.")]
    sha256: Annotated[str, Field(description="Of the stored file.")]
    stopped_early: Annotated[
        bool, Field(description="Whether `finish` ended it before its last step.")
    ]
    pointcloud: CloudFacts
    expires_at: Annotated[
        datetime | None,
        Field(description="Then the file is deleted; the record stays."),
    ] = None
    expired: Annotated[
        bool, Field(description="Whether the file has been deleted.")
    ] = False
    files: Annotated[list[FileView], Field(description="Views before and after.")] = []


class CloudRow(BaseModel):
    """The weighted losses of the view of one step."""

    step: Annotated[int, Field(ge=0, examples=[80])]
    scale: Annotated[
        int, Field(ge=0, description="Losses of two scales do not compare.")
    ]
    total: Annotated[float, Field(examples=[0.09])]
    content: Annotated[float, Field(examples=[0.02])]
    style: Annotated[float, Field(examples=[0.06])]
    smoothness: Annotated[float, Field(examples=[0.01])]
