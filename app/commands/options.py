"""Every control of a picture as an option of a command, with the contract's bounds.

What is left out is not sent: the service has the defaults.
"""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.paths import Destination, a_destination, a_path
from app.contract.kinds.image import choices, limits

#: Where options stand in a command's help.
PICTURES = "Pictures"
LOOK, OPTIMIZER, ENGINE = "Look", "Optimization", "Engine"

DEFAULT_DEMO = Destination(Path("out/demo.png"))
DemoOutOption = Annotated[
    Destination,
    typer.Option(
        "--out",
        "-o",
        metavar="PATH",
        parser=a_destination,
        help="Where to save the picture.",
    ),
]
PresetOption = Annotated[
    choices.Preset,
    typer.Option(help="How much time it may take.", rich_help_panel=LOOK),
]
SizeOption = Annotated[
    int,
    typer.Option(
        min=limits.MIN_SIZE_PX,
        max=limits.MAX_SIZE_PX,
        help="Long side in pixels.",
        rich_help_panel=LOOK,
    ),
]

MaskOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--mask",
        metavar="FILE",
        parser=a_path,
        help="Where the k-th painting goes, white on black; - for none; repeat.",
        rich_help_panel=PICTURES,
    ),
]
StyleMaskOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--style-mask",
        metavar="FILE",
        parser=a_path,
        help="Which part of the k-th painting counts; - for all of it; repeat.",
        rich_help_panel=PICTURES,
    ),
]
InitImageOption = Annotated[
    Path | None,
    typer.Option(
        "--init",
        metavar="FILE",
        parser=a_path,
        help="The picture for --start image.",
        rich_help_panel=PICTURES,
    ),
]

WorkingSizeOption = Annotated[
    int | None,
    typer.Option(
        min=limits.MIN_SIZE_PX,
        max=limits.MAX_SIZE_PX,
        help="Paint at this long side, only sharpen at --size.",
        rich_help_panel=LOOK,
    ),
]
StepsOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=limits.MAX_STEPS,
        help="The preset's if not set.",
        rich_help_panel=OPTIMIZER,
    ),
]
RungOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rung",
        metavar="PX:STEPS",
        help="A scale and its steps, from coarse to fine; repeat. The last is --size.",
        rich_help_panel=OPTIMIZER,
    ),
]
StrengthOption = Annotated[
    float | None,
    typer.Option(
        min=0.0, max=1.0, help="0 to 1; 0.5 if left out.", rich_help_panel=LOOK
    ),
]
StyleWeightOption = Annotated[
    list[float] | None,
    typer.Option(
        "--style-weight",
        metavar="NUMBER",
        help="How much the k-th painting counts; 1 if not set; repeat.",
        rich_help_panel=LOOK,
    ),
]
NetworkOption = Annotated[
    choices.Network | None,
    typer.Option(help="Which network looks at the pictures.", rich_help_panel=ENGINE),
]
StyleLossOption = Annotated[
    choices.StyleLoss | None,
    typer.Option(help="Distance between styles.", rich_help_panel=ENGINE),
]
StyleLayerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--style-layer",
        metavar="LAYER=WEIGHT",
        help="A layer of the style loss, relu1_1=16; repeat.",
        rich_help_panel=ENGINE,
    ),
]
ContentLayerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--content-layer",
        metavar="LAYER=WEIGHT",
        help="A layer of the content loss, relu4_2=1; repeat.",
        rich_help_panel=ENGINE,
    ),
]
TotalVariationOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=limits.MAX_TOTAL_VARIATION,
        help="Smoothing of the paint; 1 if not set, 0 for none.",
        rich_help_panel=LOOK,
    ),
]
PoolingOption = Annotated[
    choices.Pooling | None,
    typer.Option(help="How the network halves its maps.", rich_help_panel=ENGINE),
]
ColorOption = Annotated[
    choices.Color | None, typer.Option(help="Whose colours.", rich_help_panel=LOOK)
]
StyleScaleOption = Annotated[
    float | None,
    typer.Option(
        min=limits.MIN_STYLE_SCALE,
        max=limits.MAX_STYLE_SCALE,
        help="Size of the strokes.",
        rich_help_panel=LOOK,
    ),
]
StartOption = Annotated[
    choices.Start | None,
    typer.Option(help="What it starts from.", rich_help_panel=LOOK),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=limits.MAX_SEED,
        help="Same seed, same picture.",
        rich_help_panel=LOOK,
    ),
]
OptimizerOption = Annotated[
    choices.OptimizerName | None,
    typer.Option(help="How the objective is walked down.", rich_help_panel=OPTIMIZER),
]
LearningRateOption = Annotated[
    float | None,
    typer.Option(
        min=limits.MIN_LEARNING_RATE,
        max=limits.MAX_LEARNING_RATE,
        help="Adam's.",
        rich_help_panel=OPTIMIZER,
    ),
]
LearningRateScheduleOption = Annotated[
    choices.LearningRateSchedule | None,
    typer.Option(
        help="How the learning rate falls over a scale.", rich_help_panel=OPTIMIZER
    ),
]
GradientClipOption = Annotated[
    float | None,
    typer.Option(
        min=limits.MIN_GRADIENT_CLIP,
        max=limits.MAX_GRADIENT_CLIP,
        help="Longest gradient; 1 is a usual one.",
        rich_help_panel=OPTIMIZER,
    ),
]
AveragingOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        help="Part of a scale's steps that the result averages.",
        rich_help_panel=OPTIMIZER,
    ),
]
EarlyStopOption = Annotated[
    bool | None,
    typer.Option(
        help="Leave a scale once its loss hardly falls any more.",
        rich_help_panel=OPTIMIZER,
    ),
]
PrecisionOption = Annotated[
    choices.Precision | None,
    typer.Option(help="What the network computes in.", rich_help_panel=ENGINE),
]
MemoryOption = Annotated[
    choices.MemoryMode | None,
    typer.Option(help="What is kept for the backward pass.", rich_help_panel=ENGINE),
]
TileSizeOption = Annotated[
    int | None,
    typer.Option(
        min=limits.MIN_TILE_PX,
        max=limits.MAX_TILE_PX,
        help="Side of a tile in pixels, a multiple of 16, for --memory tiles.",
        rich_help_panel=ENGINE,
    ),
]
