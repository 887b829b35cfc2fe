"""The engine's options as flags of a command line, and back.

Knows argparse and options; neither files nor engines.
"""

import argparse
from typing import NamedTuple

from app.contract.kinds.image.choices import (
    Color,
    LearningRateSchedule,
    MemoryMode,
    OptimizerName,
    Pooling,
    Precision,
    Preset,
    Start,
    StyleLoss,
)
from app.contract.kinds.image.limits import (
    MAX_GRADIENT_CLIP,
    MAX_LEARNING_RATE,
    MAX_SEED,
    MAX_SIZE_PX,
    MAX_STYLE_SCALE,
    MAX_TILE_PX,
    MAX_TOTAL_VARIATION,
    MIN_GRADIENT_CLIP,
    MIN_LEARNING_RATE,
    MIN_SIZE_PX,
    MIN_STYLE_SCALE,
    MIN_TILE_PX,
)
from worker.engine.options import StylizeOptions


class _Number(NamedTuple):
    """A flag whose value is one number."""

    flag: str
    option: str
    kind: type[int] | type[float]
    metavar: str
    help: str


_NUMBERS = (
    _Number("--size", "size_px", int, "PX",
            f"long side of the result, {MIN_SIZE_PX} to {MAX_SIZE_PX}"),
    _Number("--working-size", "working_size_px", int, "PX",
            "work at this long side, then only sharpen at --size"),
    _Number("--steps", "steps", int, "N", "over all scales; the preset's by default"),
    _Number("--style-strength", "style_strength", float, "0..1",
            "how strongly the painting shows"),
    _Number("--content-strength", "content_strength", float, "0..1",
            "how closely the photograph is kept"),
    _Number("--stroke-strength", "stroke_strength", float, "0..1",
            "how much it is laid in the painter's strokes"),
    _Number("--total-variation", "total_variation", float, "X",
            f"factor of the smoothing, 0 to {MAX_TOTAL_VARIATION:g}"),
    _Number("--style-scale", "style_scale", float, "X",
            f"size of the strokes, {MIN_STYLE_SCALE:g} to {MAX_STYLE_SCALE:g}"),
    _Number("--seed", "seed", int, "N", f"0 to {MAX_SEED}"),
    _Number("--learning-rate", "learning_rate", float, "X",
            f"of Adam, {MIN_LEARNING_RATE:g} to {MAX_LEARNING_RATE:g}"),
    _Number("--gradient-clip", "gradient_clip", float, "X",
            f"greatest length of the image's gradient, {MIN_GRADIENT_CLIP:g} to "
            f"{MAX_GRADIENT_CLIP:g}; 1 is a usual length"),
    _Number("--averaging", "averaging", float, "0..1",
            "average the iterates of this part of a rung; 0 takes the last"),
    _Number("--tile-size", "tile_px", int, "PX",
            f"side of a tile, {MIN_TILE_PX} to {MAX_TILE_PX}, a multiple of 16"),
)  # fmt: skip
#: Flag, option, choices, help.
_CHOICES = (
    ("--preset", "preset", Preset, "how much time it may take"),
    ("--style-loss", "style_loss", StyleLoss, "distance between style statistics"),
    ("--pooling", "pooling", Pooling, "how the network halves its maps"),
    ("--color", "color", Color, "whose colours"),
    ("--start", "start", Start, "what it starts from; --init names an image"),
    ("--optimizer", "optimizer", OptimizerName, "the optimizer down the losses"),
    ("--schedule", "learning_rate_schedule", LearningRateSchedule,
     "how the learning rate falls over a rung"),
    ("--precision", "precision", Precision, "what the network computes in"),
    ("--memory", "memory", MemoryMode, "what is kept for the backward pass"),
)  # fmt: skip


def add_option_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for each of the engine's options; those left out stay default."""
    defaults = StylizeOptions()
    for number in _NUMBERS:
        value = getattr(defaults, number.option)
        shown = "" if value is None else f" (default {value:g})"
        parser.add_argument(
            number.flag,
            dest=number.option,
            type=number.kind,
            metavar=number.metavar,
            help=number.help + shown,
        )
    for flag, option, choices, text in _CHOICES:
        shown = f" (default {getattr(defaults, option)})"
        parser.add_argument(
            flag,
            dest=option,
            choices=[*choices],
            help=text + shown,
        )
    _add_ladder_and_layers(parser)


def _add_ladder_and_layers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rung",
        dest="rungs",
        action="append",
        type=_rung,
        metavar="PX:STEPS",
        help="one scale of the ladder, from coarse to fine; repeat it, end at --size",
    )
    for flag, option in (
        ("--style-layer", "style_layers"),
        ("--content-layer", "content_layers"),
    ):
        parser.add_argument(
            flag,
            dest=option,
            action="append",
            type=_layer,
            metavar="LAYER[=WEIGHT]",
            help="a layer to compare, such as relu3_1=4; repeat it",
        )
    parser.add_argument(
        "--early-stop",
        dest="early_stop",
        action="store_true",
        default=None,
        help="leave a scale once its loss stops falling",
    )


def options_from(arguments: argparse.Namespace) -> StylizeOptions:
    """Return the options that the flags ask for.

    Raises:
        ValueError: a value is out of its range.
    """
    names = [number.option for number in _NUMBERS]
    names += [option for _, option, _, _ in _CHOICES]
    names += ["rungs", "early_stop"]
    given = {name: getattr(arguments, name) for name in names}
    for option in ("style_layers", "content_layers"):
        pairs = getattr(arguments, option)
        given[option] = None if pairs is None else dict(pairs)
    if given["rungs"] is not None and given["size_px"] is None:
        given["size_px"] = given["rungs"][-1][0]
    return StylizeOptions(**{k: v for k, v in given.items() if v is not None})


def _rung(text: str) -> tuple[int, int]:
    scale_px, _, steps = text.partition(":")
    return int(scale_px), int(steps)


def _layer(text: str) -> tuple[str, float]:
    layer, equals, weight = text.partition("=")
    return layer, float(weight) if equals else 1.0
