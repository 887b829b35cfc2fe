"""The JSON of a training's painting, progress, result and losses."""

from typing import Annotated

from pydantic import BaseModel, Field, FiniteFloat

from app.contract.painting.views import InputImage
from app.contract.views.kinds import CommonProgress, CommonResult, View


class TrainingPack(View):
    """The network that a style of the library brought along."""

    sha256: Annotated[str, Field(description="Of the pack.")]
    bytes: Annotated[int, Field(description="Of the pack.")]
    style_id: Annotated[str | None, Field(description="Whose it is.")] = None


class TrainingInput(View):
    """What a training is made from."""

    styles: tuple[InputImage, ...]
    start: InputImage | None = None
    packs: tuple[TrainingPack | None, ...] = ()
    start_pack: TrainingPack | None = None


class TrainingLosses(View):
    """Of one step: weighted terms that add up to `total`, and the judge's number."""

    total: Annotated[FiniteFloat, Field(description="The sum of the terms.")]
    content: Annotated[FiniteFloat, Field(description="Distance from photographs.")]
    style: Annotated[FiniteFloat, Field(description="Distance from the painting.")]
    tv: Annotated[FiniteFloat, Field(description="Roughness (total variation).")]
    held_out: Annotated[
        FiniteFloat,
        Field(description="Style error of held-out photographs, when last judged."),
    ]
    temporal: Annotated[
        FiniteFloat, Field(description="What does not move along; 0 if not asked for.")
    ] = 0.0


class HeldOutView(View):
    """The judge's numbers, means over photographs that are not learnt from."""

    step: Annotated[int, Field(description="So many were taken.")]
    style_error: Annotated[float, Field(description="0 is best.")]
    content_error: Annotated[
        float, Field(description="0 is the photograph, about 1 nothing of it.")
    ]
    edge_correlation: Annotated[
        float, Field(description="1 if all edges of the photographs are kept.")
    ]
    palette_distance: Annotated[
        float, Field(description="Of the colours from the painting's; 0 is best.")
    ]
    noise: Annotated[float, Field(description="Grain in percent of lightness.")]
    foreign_hue: Annotated[
        float | None,
        Field(description="Chroma at hues that the painting lacks; 0 is best."),
    ] = None
    chroma: Annotated[
        float | None, Field(description="Of the colours, on average; grey has 0.")
    ] = None


class TrainingDetails(View):
    """How good it is so far."""

    held_out: Annotated[HeldOutView, Field(description="When it was last judged.")]
    best: Annotated[HeldOutView, Field(description="What is kept so far.")]
    samples: Annotated[
        int, Field(description="Photographs on the preview, which never learn.")
    ]


class TrainingProgress(CommonProgress):
    """How far a training has come."""

    scale: Annotated[int, Field(description="Always 1.")] = 1
    total_scales: Annotated[int, Field(description="Always 1.")] = 1
    width: Annotated[None, Field(description="There is no picture.")] = None
    height: Annotated[None, Field(description="There is no picture.")] = None
    loss: Annotated[
        TrainingLosses | None, Field(description="None before the first step.")
    ]
    training: TrainingDetails


class TrainedStyle(View):
    """What has come of a training."""

    style_id: Annotated[
        str | None, Field(description="In the library; null if it is not there.")
    ]
    published: Annotated[bool, Field(description="Whether it is in the library.")]
    reasons: Annotated[
        list[str], Field(description="What the judge has against it, in words.")
    ]
    bytes_of_network: Annotated[int, Field(description="Of the pack.")]
    started_from: Annotated[str, Field(description="Which style it began with.")]
    best: Annotated[HeldOutView, Field(description="The step that was kept.")]
    start: Annotated[HeldOutView, Field(description="Before anything was learnt.")]
    untouched: Annotated[
        HeldOutView, Field(description="Of the photographs themselves.")
    ]
    dataset_sha256: Annotated[str, Field(description="Of the photographs' manifest.")]


class TrainingResult(CommonResult):
    """A finished training: the pack, and what it is worth."""

    width: Annotated[None, Field(description="There is no picture.")] = None
    height: Annotated[None, Field(description="There is no picture.")] = None
    training: TrainedStyle


class TrainingRow(BaseModel):
    """The losses of one step, and the judge's number of the latest judgement."""

    step: Annotated[int, Field(ge=0, description="So many were taken.")]
    scale: Annotated[int, Field(ge=0, description="Always 1.")]
    total: Annotated[float, Field(description="The sum of the terms.")]
    content: Annotated[float, Field(description="Distance from photographs.")]
    style: Annotated[float, Field(description="Distance from the painting.")]
    tv: Annotated[float, Field(description="Roughness (total variation).")]
    held_out: Annotated[
        float, Field(description="Style error of held-out photographs.")
    ]
    temporal: Annotated[
        float, Field(description="What does not move along; 0 if not asked for.")
    ] = 0.0
