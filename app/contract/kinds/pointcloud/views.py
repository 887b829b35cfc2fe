"""The JSON of a cloud job's inputs, progress, result and series."""

from typing import Annotated

from pydantic import BaseModel, Field, FiniteFloat

from app.contract.kinds.pointcloud.choices import CloudFormat
from app.contract.painting.views import InputImage
from app.contract.views.kinds import CommonProgress, CommonResult, View


class InputCloud(View):
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


class InputCameras(View):
    """A file of cameras."""

    sha256: Annotated[str, Field(description="Of the file.")]
    bytes: Annotated[int, Field(description="Of the file.")]
    cameras: Annotated[int, Field(description="So many are in it.")]


class CloudInput(View):
    """What a job is made from."""

    content: InputCloud
    styles: tuple[InputImage, ...]
    cameras: Annotated[
        InputCameras | None,
        Field(description="Those that were sent; null where they are ours."),
    ] = None


class CloudLossesView(View):
    """The weighted losses of one view, which add up to `total`."""

    total: Annotated[FiniteFloat, Field(description="The sum of the others.")]
    content: Annotated[FiniteFloat, Field(description="Distance from the view.")]
    style: Annotated[FiniteFloat, Field(description="Distance from the paintings.")]
    smoothness: Annotated[FiniteFloat, Field(description="Of near points' colours.")]


class ViewProgress(View):
    """Which view was painted last."""

    view: Annotated[int, Field(description="Which one, from 1.")]
    views_ready: Annotated[int, Field(description="So many were looked at.")]
    total_views: Annotated[int, Field(description="How many there are.")]


class CloudProgress(CommonProgress):
    """How far a cloud has come; `fraction` counts work, not steps."""

    scale: Annotated[int, Field(description="Which scale this is, 1 for the coarsest.")]
    total_scales: Annotated[int, Field(description="How many there are.")]
    width: Annotated[int, Field(description="Of a view at this scale.")]
    height: Annotated[int, Field(description="Of a view at this scale.")]
    loss: Annotated[
        CloudLossesView | None, Field(description="None where nothing is optimized.")
    ]
    pointcloud: ViewProgress


class CloudFacts(View):
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


class CloudResult(CommonResult):
    """A painted cloud: the file that came, with other colours."""

    width: Annotated[None, Field(description="A cloud has none.")] = None
    height: Annotated[None, Field(description="A cloud has none.")] = None
    pointcloud: CloudFacts


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
