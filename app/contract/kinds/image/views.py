"""The JSON of a picture job's inputs, progress, result and losses."""

from typing import Annotated

from pydantic import BaseModel, Field, FiniteFloat

from app.contract.painting.views import InputImage, InputPack
from app.contract.views.kinds import CommonProgress, CommonResult, View


class JobInput(View):
    """The pictures that a job is made from.

    Attributes:
        content: the photograph.
        styles: the paintings.
        masks: the k-th says where on the photograph the k-th painting goes; None, or
            not there at all, for one without a mask.
        style_masks: likewise, which part of the k-th painting counts.
        init: the picture to start from.
        packs: the k-th is the network that paints in the k-th painting.
        keep_mask: what of the photograph is kept.
    """

    content: InputImage
    styles: tuple[InputImage, ...]
    masks: tuple[InputImage | None, ...] = ()
    style_masks: tuple[InputImage | None, ...] = ()
    init: InputImage | None = None
    packs: tuple[InputPack | None, ...] = ()
    keep_mask: InputImage | None = None


class Losses(View):
    """The objective's terms at one step, weighted, so that they add up to `total`."""

    total: Annotated[FiniteFloat, Field(description="The sum of the others.")]
    content: Annotated[FiniteFloat, Field(description="Distance from the photograph.")]
    style: Annotated[FiniteFloat, Field(description="Distance from the paintings.")]
    tv: Annotated[FiniteFloat, Field(description="Roughness (total variation).")]


class Progress(CommonProgress):
    """How far an optimization has come.

    `fraction` (0 to 1) counts work, not steps: a step at a coarse scale costs less.
    """

    scale: Annotated[int, Field(description="Which scale this is, 1 for the coarsest.")]
    total_scales: Annotated[int, Field(description="How many there are.")]
    width: Annotated[int, Field(description="Of the picture at this scale.")]
    height: Annotated[int, Field(description="Of the picture at this scale.")]
    loss: Annotated[
        Losses | None, Field(description="None where nothing is optimized.")
    ]


class ResultView(CommonResult):
    """A finished picture."""

    media_type: Annotated[
        str, Field(description="As stored; `Accept` may choose another.")
    ]
    width: Annotated[int, Field(description="In pixels.")]
    height: Annotated[int, Field(description="In pixels.")]
    keep_found: Annotated[
        int | None,
        Field(
            description="With `keep=face` so many faces were found, with `keep=person` "
            "1 if there is a person; with 0 the picture is painted as usual."
        ),
    ] = None


class LossPointView(BaseModel):
    """The objective's weighted terms at one step; they add up to `total`."""

    step: Annotated[int, Field(ge=0, examples=[210])]
    scale: Annotated[
        int, Field(ge=0, description="Losses of two scales do not compare.")
    ]
    total: Annotated[float, Field(examples=[8123.4])]
    content: Annotated[float, Field(examples=[901.2])]
    style: Annotated[float, Field(examples=[7102.1])]
    tv: Annotated[float, Field(examples=[120.1])]
