"""What may be asked of one picture; refuses nonsense, knows no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
from app.contract.kinds.image.layers import VGG19_LAYERS
from app.contract.kinds.image.limits import (
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
)
from worker.engine.option_checks import (
    choice,
    layer_weights,
    require_flag,
    require_integer,
    require_number,
)


@dataclass(frozen=True, kw_only=True)
class StylizeOptions:
    """The choices for one picture.

    Attributes:
        size_px: long side of the result; the aspect is the content's.
        working_size_px: the ladder ends at this long side, and a short pass at
            `size_px` only sharpens; no such pass if None.
        preset: how many steps, and how they are shared out over the scales.
        steps: optimizer steps over all scales; the preset's if None.
        rungs: (long side in pixels, steps) of each scale, from coarse to fine, in
            place of the preset's; the last long side is `size_px`. Excludes `steps`
            and `working_size_px`.
        style_strength: 0 to 1. The weight of the style loss is 8 times its cube, 1 at
            0.5; at 0 the content comes back as it is, whatever the rest says.
        content_strength: 0 to 1, likewise; at 0 the content is only the start.
        stroke_strength: 0 to 1, how much each place is to look like strokes of the
            painting (`losses.strokes`), not only all of them together; 0 for none.
        style_loss: the distance between style statistics.
        style_layers: weight of each layer in the style loss, relative to their sum;
            the default's if None.
        content_layers: likewise in the content loss.
        total_variation: factor of the default smoothing, 0 for none.
        pooling: how the network halves its maps.
        color: whose colours: the painting's; the photograph's, only its light and dark
            repainted; or the photograph's palette in the painting's strokes.
        style_scale: size of the painting's strokes; at 2 they are twice as large, as
            far as the painting has pixels: it is never enlarged.
        start: the content in the painting's colours; noise in them: freer forms, less
            of the content; or an image that is given.
        seed: of the noise that the first scale starts with, faint unless `start` says
            otherwise.
        optimizer: what moves the image.
        learning_rate: of Adam, in units of the pixel range; the default's if None.
        learning_rate_schedule: how it falls over the steps of each rung.
        gradient_clip: greatest root mean square of the image's gradient, times the
            number of its values (1 is a usual one); longer ones are shortened.
        averaging: the result averages the iterates of about this part of a rung's
            steps, 0 to 1; 0 takes the last one. Adam's only.
        early_stop: leave a rung once its smoothed loss falls by less than 0.1 % in 50
            steps.
        precision: of the network; the engine's own if `AUTO`.
        memory: what is kept for the backward pass.
        tile_px: side of a tile without its margin, a multiple of 16, for `TILES`.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """

    size_px: int = 512
    working_size_px: int | None = None
    preset: Preset = Preset.STANDARD
    steps: int | None = None
    rungs: Sequence[tuple[int, int]] | None = None
    style_strength: float = 0.5
    content_strength: float = 0.5
    stroke_strength: float = 0.0
    style_loss: StyleLoss = StyleLoss.WASSERSTEIN
    style_layers: Mapping[str, float] | None = None
    content_layers: Mapping[str, float] | None = None
    total_variation: float = 1.0
    pooling: Pooling = Pooling.MAX
    color: Color = Color.STYLE
    style_scale: float = 1.0
    start: Start = Start.CONTENT
    seed: int = 0
    optimizer: OptimizerName = OptimizerName.ADAM
    learning_rate: float | None = None
    learning_rate_schedule: LearningRateSchedule = LearningRateSchedule.CONSTANT
    gradient_clip: float | None = None
    averaging: float | None = None
    early_stop: bool = False
    precision: Precision = Precision.AUTO
    memory: MemoryMode = MemoryMode.AUTO
    tile_px: int = 512

    def __post_init__(self) -> None:
        self._require_sizes()
        self._require_numbers()
        # Accept plain strings and lists too, as argparse and JSON give them.
        for name, choices in _CHOICES.items():
            self._set(name, choice(name, choices, getattr(self, name)))
        if self.memory is MemoryMode.CHECKPOINT:
            self._set("memory", MemoryMode.RECOMPUTE)
        for name in ("style_layers", "content_layers"):
            weights = getattr(self, name)
            if weights is not None:
                kept = layer_weights(name, weights, VGG19_LAYERS, MAX_LAYER_WEIGHT)
                self._set(name, kept)
        if self.rungs is not None:
            self._set("rungs", _checked_rungs(self.rungs, self.size_px))
            if self.steps is not None or self.working_size_px is not None:
                raise ValueError("rungs excludes steps and working_size_px")

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _require_sizes(self) -> None:
        require_integer("size_px", self.size_px, MIN_SIZE_PX, MAX_SIZE_PX)
        if self.working_size_px is not None:
            require_integer(
                "working_size_px", self.working_size_px, MIN_SIZE_PX, self.size_px
            )
        require_integer("tile_px", self.tile_px, MIN_TILE_PX, MAX_TILE_PX)
        if self.tile_px % 16:
            raise ValueError(f"tile_px is {self.tile_px}, must be a multiple of 16")

    def _require_numbers(self) -> None:
        require_integer("seed", self.seed, 0, MAX_SEED)
        if self.steps is not None:
            require_integer("steps", self.steps, 1, None)
        require_number("style_strength", self.style_strength, 0, 1)
        require_number("content_strength", self.content_strength, 0, 1)
        require_number("stroke_strength", self.stroke_strength, 0, 1)
        require_number("total_variation", self.total_variation, 0, MAX_TOTAL_VARIATION)
        require_number(
            "style_scale", self.style_scale, MIN_STYLE_SCALE, MAX_STYLE_SCALE
        )
        for name, least, most in (
            ("learning_rate", MIN_LEARNING_RATE, MAX_LEARNING_RATE),
            ("gradient_clip", MIN_GRADIENT_CLIP, MAX_GRADIENT_CLIP),
            ("averaging", 0, 1),
        ):
            if getattr(self, name) is not None:
                require_number(name, getattr(self, name), least, most)
        require_flag("early_stop", self.early_stop)


_CHOICES = {
    "preset": Preset,
    "style_loss": StyleLoss,
    "pooling": Pooling,
    "color": Color,
    "start": Start,
    "optimizer": OptimizerName,
    "learning_rate_schedule": LearningRateSchedule,
    "precision": Precision,
    "memory": MemoryMode,
}


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
