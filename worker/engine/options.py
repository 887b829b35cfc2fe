"""What may be asked of one picture; refuses nonsense, knows no network.

The text of each option is the command line's, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from app.contract.painting.choices import (
    Color,
    ContentLoss,
    Guidance,
    Keep,
    LearningRateSchedule,
    MemoryMode,
    OptimizerName,
    Pooling,
    Precision,
    Preset,
    Start,
    StyleLoss,
)
from app.contract.painting.layers import ALL_LAYERS
from app.contract.painting.limits import (
    MAX_GRADIENT_CLIP,
    MAX_LAYER_WEIGHT,
    MAX_LEARNING_RATE,
    MAX_RUNG_STEPS,
    MAX_RUNGS,
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
    TILE_STEP_PX,
)
from worker.engine.option_checks import (
    Option,
    check_options,
    layer_weights,
    require_integer,
)

#: Options that both engines have.
Size = Annotated[
    int,
    Option("long side of the result; the aspect is the content's", MIN_SIZE_PX,
           MAX_SIZE_PX),
]  # fmt: skip
StyleScale = Annotated[
    float,
    Option("size of the painting's strokes; at 2 they are twice as large, as far as "
           "the painting has pixels", MIN_STYLE_SCALE, MAX_STYLE_SCALE),
]  # fmt: skip
WhoseColor = Annotated[
    Color,
    Option("whose colours: the painting's; the photograph's, only its light and dark "
           "repainted; or the photograph's palette in the painting's strokes"),
]  # fmt: skip

WhatIsKept = Annotated[
    Keep,
    Option("what stays closer to the photograph than the rest: a person, faces, or "
           "where a mask is white"),
]  # fmt: skip
KeepStrength = Annotated[float, Option("how close it stays", 0, 1)]


@dataclass(frozen=True, kw_only=True)
class StylizeOptions:
    """The choices for one picture.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """

    size_px: Size = 512
    working_size_px: Annotated[
        int | None,
        Option("the ladder ends at this long side, and a short pass at the full size "
               "only sharpens; no such pass if left out", MIN_SIZE_PX, MAX_SIZE_PX),
    ] = None  # fmt: skip
    preset: Annotated[
        Preset,
        Option("how many steps, and how they are shared out over the scales"),
    ] = Preset.STANDARD
    steps: Annotated[
        int | None,
        Option("optimizer steps over all scales; the preset's if left out", 1),
    ] = None
    rungs: Annotated[
        Sequence[tuple[int, int]] | None,
        Option("a scale's long side in pixels and its steps, from coarse to fine, in "
               "place of the preset's; the last is of full size. Excludes steps and "
               "working size"),
    ] = None  # fmt: skip
    style_strength: Annotated[
        float,
        Option("the weight of the style loss is 8 times its cube, 1 at 0.5; at 0 the "
               "content comes back as it is, whatever the rest says", 0, 1),
    ] = 0.5  # fmt: skip
    content_strength: Annotated[
        float,
        Option(
            "the weight of the content loss, likewise; at 0 the content is only the "
            "start",
            0,
            1,
        ),
    ] = 0.5
    stroke_strength: Annotated[
        float,
        Option("how much each place is to look like strokes of the painting, not only "
               "all of them together; 0 for none", 0, 1),
    ] = 0.0  # fmt: skip
    style_loss: Annotated[
        StyleLoss, Option("the distance between style statistics")
    ] = StyleLoss.WASSERSTEIN
    guidance: Annotated[
        Guidance,
        Option("match places of like kinds only, for the losses nearest and "
               "optimal_transport"),
    ] = Guidance.NONE  # fmt: skip
    content_loss: Annotated[
        ContentLoss,
        Option("what of the photograph is kept: each place's features, or how alike "
               "its places are"),
    ] = ContentLoss.FEATURES  # fmt: skip
    keep: WhatIsKept = Keep.NONE
    keep_strength: KeepStrength = 0.7
    style_layers: Annotated[
        Mapping[str, float] | None,
        Option("a layer and its weight in the style loss, such as relu3_1=4, relative "
               "to their sum"),
    ] = None  # fmt: skip
    content_layers: Annotated[
        Mapping[str, float] | None,
        Option("a layer and its weight in the content loss, such as relu4_2=1"),
    ] = None
    total_variation: Annotated[
        float,
        Option("factor of the default smoothing, 0 for none", 0, MAX_TOTAL_VARIATION),
    ] = 1.0
    pooling: Annotated[Pooling, Option("how the network halves its maps")] = Pooling.MAX
    color: WhoseColor = Color.STYLE
    style_scale: StyleScale = 1.0
    start: Annotated[
        Start,
        Option("the content in the painting's colours; noise in them: freer forms, "
               "less of the content; or an image that is given"),
    ] = Start.CONTENT  # fmt: skip
    seed: Annotated[
        int,
        Option("of the noise that the first scale starts with, faint unless start "
               "says otherwise", 0, MAX_SEED),
    ] = 0  # fmt: skip
    optimizer: Annotated[OptimizerName, Option("what moves the image")] = (
        OptimizerName.ADAM
    )
    learning_rate: Annotated[
        float | None,
        Option("of Adam, in units of the pixel range", MIN_LEARNING_RATE,
               MAX_LEARNING_RATE),
    ] = None  # fmt: skip
    learning_rate_schedule: Annotated[
        LearningRateSchedule,
        Option("how the rate falls over the steps of each rung", flag="--schedule"),
    ] = LearningRateSchedule.CONSTANT
    gradient_clip: Annotated[
        float | None,
        Option("greatest root mean square of the image's gradient, times the number "
               "of its values (1 is a usual one); longer ones are shortened",
               MIN_GRADIENT_CLIP, MAX_GRADIENT_CLIP),
    ] = None  # fmt: skip
    averaging: Annotated[
        float | None,
        Option("the result averages the iterates of about this part of a rung's "
               "steps; 0 takes the last one; Adam's only", 0, 1),
    ] = None  # fmt: skip
    early_stop: Annotated[
        bool,
        Option("leave a rung once its smoothed loss falls by less than 0.1 % in 50 "
               "steps"),
    ] = False  # fmt: skip
    precision: Annotated[
        Precision, Option("of the network; the engine's own if auto")
    ] = Precision.AUTO
    memory: Annotated[MemoryMode, Option("what is kept for the backward pass")] = (
        MemoryMode.AUTO
    )
    tile_px: Annotated[
        int,
        Option("side of a tile without its margin, for tiles", MIN_TILE_PX,
               MAX_TILE_PX, TILE_STEP_PX, flag="--tile-size"),
    ] = 512  # fmt: skip

    def __post_init__(self) -> None:
        # Takes plain strings and lists too, as argparse and JSON give them.
        check_options(self)
        if self.working_size_px is not None:
            require_integer(
                "working_size_px", self.working_size_px, MIN_SIZE_PX, self.size_px
            )
        if self.guidance is Guidance.AUTO and not self.style_loss.matches:
            raise ValueError(
                f"guidance is auto, and style_loss {self.style_loss} matches no places"
            )
        if self.memory is MemoryMode.CHECKPOINT:
            self._set("memory", MemoryMode.RECOMPUTE)
        for name in ("style_layers", "content_layers"):
            weights = getattr(self, name)
            if weights is not None:
                kept = layer_weights(name, weights, ALL_LAYERS, MAX_LAYER_WEIGHT)
                self._set(name, kept)
        if self.rungs is not None:
            self._set("rungs", _checked_rungs(self.rungs, self.size_px))
            if self.steps is not None or self.working_size_px is not None:
                raise ValueError("rungs excludes steps and working_size_px")

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def _checked_rungs(
    rungs: Sequence[tuple[int, int]], size_px: int
) -> tuple[tuple[int, int], ...]:
    if not 1 <= len(rungs) <= MAX_RUNGS:
        raise ValueError(f"rungs has {len(rungs)} entries, must have 1 to {MAX_RUNGS}")
    checked = []
    for index, rung in enumerate(rungs):
        if isinstance(rung, str) or not isinstance(rung, Sequence) or len(rung) != 2:
            raise ValueError(
                f"rungs[{index}] is {rung!r}, must be (long side in pixels, steps)"
            )
        require_integer(f"rungs[{index}] size", rung[0], MIN_SIZE_PX, MAX_SIZE_PX)
        require_integer(f"rungs[{index}] steps", rung[1], 1, MAX_RUNG_STEPS)
        checked.append((rung[0], rung[1]))
    scales = [scale_px for scale_px, _ in checked]
    if scales != sorted(scales) or scales[-1] != size_px:
        raise ValueError(
            f"rungs has the sizes {scales}, must rise and end at size_px, {size_px}"
        )
    return tuple(checked)
