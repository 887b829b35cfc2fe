"""Every control of a picture as an option of a command, with the contract's bounds.

What is left out is not sent: the service has the defaults.
"""

from pathlib import Path
from typing import Annotated

import typer

from app.contract import choices, limits

UrlOption = Annotated[
    str, typer.Option("--url", envvar="IMPASTO_URL", help="The service to ask.")
]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="Where to save the picture.")
]
PresetOption = Annotated[
    choices.Preset, typer.Option(help="How much time it may take.")
]
SizeOption = Annotated[
    int,
    typer.Option(
        min=limits.MIN_SIZE_PX, max=limits.MAX_SIZE_PX, help="Long side in pixels."
    ),
]

MaskOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--mask",
        help="Where the k-th painting goes, white on black; - for none; repeat.",
    ),
]
StyleMaskOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--style-mask",
        help="Which part of the k-th painting counts; - for all of it; repeat.",
    ),
]
InitOption = Annotated[
    Path | None, typer.Option("--init", help="The picture for --start image.")
]

WorkingSizeOption = Annotated[
    int | None,
    typer.Option(
        min=limits.MIN_SIZE_PX,
        max=limits.MAX_SIZE_PX,
        help="Paint at this long side, only sharpen at --size.",
    ),
]
StepsOption = Annotated[
    int | None,
    typer.Option(min=1, max=limits.MAX_STEPS, help="The preset's if not set."),
]
RungOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rung",
        metavar="PX:STEPS",
        help="A scale and its steps, from coarse to fine; repeat. The last is --size.",
    ),
]
StrengthOption = Annotated[
    float | None, typer.Option(min=0.0, max=1.0, help="0 to 1; 0.5 if left out.")
]
StyleWeightOption = Annotated[
    list[float] | None,
    typer.Option(
        "--style-weight",
        help="How much the k-th painting counts; 1 if not set; repeat.",
    ),
]
NetworkOption = Annotated[
    choices.Network | None, typer.Option(help="Which network looks at the pictures.")
]
StyleLossOption = Annotated[
    choices.StyleLoss | None, typer.Option(help="Distance between styles.")
]
StyleLayerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--style-layer",
        metavar="LAYER=WEIGHT",
        help="A layer of the style loss, relu1_1=16; repeat.",
    ),
]
ContentLayerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--content-layer",
        metavar="LAYER=WEIGHT",
        help="A layer of the content loss, relu4_2=1; repeat.",
    ),
]
TotalVariationOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=limits.MAX_TOTAL_VARIATION,
        help="Smoothing of the paint; 1 if not set, 0 for none.",
    ),
]
PoolingOption = Annotated[
    choices.Pooling | None, typer.Option(help="How the network halves its maps.")
]
ColorOption = Annotated[choices.Color | None, typer.Option(help="Whose colours.")]
StyleScaleOption = Annotated[
    float | None,
    typer.Option(
        min=limits.MIN_STYLE_SCALE,
        max=limits.MAX_STYLE_SCALE,
        help="Size of the strokes.",
    ),
]
StartOption = Annotated[choices.Start | None, typer.Option(help="What it starts from.")]
SeedOption = Annotated[
    int | None,
    typer.Option(min=0, max=limits.MAX_SEED, help="Same seed, same picture."),
]
OptimizerOption = Annotated[
    choices.OptimizerName | None, typer.Option(help="How the objective is walked down.")
]
LearningRateOption = Annotated[
    float | None,
    typer.Option(
        min=limits.MIN_LEARNING_RATE, max=limits.MAX_LEARNING_RATE, help="Adam's."
    ),
]
LearningRateScheduleOption = Annotated[
    choices.LearningRateSchedule | None,
    typer.Option(help="How the learning rate falls over a scale."),
]
GradientClipOption = Annotated[
    float | None,
    typer.Option(
        min=limits.MIN_GRADIENT_CLIP,
        max=limits.MAX_GRADIENT_CLIP,
        help="Longest gradient; 1 is a usual one.",
    ),
]
AveragingOption = Annotated[
    float | None,
    typer.Option(
        min=0.0, max=1.0, help="Part of a scale's steps that the result averages."
    ),
]
EarlyStopOption = Annotated[
    bool | None,
    typer.Option(help="Leave a scale once its loss hardly falls any more."),
]
PrecisionOption = Annotated[
    choices.Precision | None, typer.Option(help="What the network computes in.")
]
MemoryOption = Annotated[
    choices.MemoryMode | None, typer.Option(help="What is kept for the backward pass.")
]
TileSizeOption = Annotated[
    int | None,
    typer.Option(
        min=limits.MIN_TILE_PX,
        max=limits.MAX_TILE_PX,
        help="Side of a tile in pixels, a multiple of 16, for --memory tiles.",
    ),
]
