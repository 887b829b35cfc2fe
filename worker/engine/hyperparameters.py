"""How losses are weighed and steps are taken; every number was chosen by looking.

They hold at every size and for every pair because each loss is divided by its layer's
own scale (`losses.own_scale`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.contract.painting.choices import Keep
from app.contract.painting.ladder import DETAIL_STEPS
from app.contract.painting.layers import by_depth
from worker.engine.options import StylizeOptions

#: At a stroke strength of 1: the stroke term's weight against the style loss, and what
#: the content weight grows by, as a part of itself.
_STROKE_WEIGHT = 0.5
_STROKE_CONTENT = 1.5
#: Of losses that match places: their weight against the palette's, and what the content
#: weight is multiplied with, because copied places hide the photograph's forms.
_MATCHING_WEIGHT = 0.5
_MATCHING_CONTENT = 2.0
#: At a keep strength of 1: the content weight where the photograph is kept.
_KEEP_WEIGHT = 4.0


def _shallow_most() -> dict[str, float]:
    return {
        "relu1_1": 16.0,
        "relu2_1": 8.0,
        "relu3_1": 4.0,
        "relu4_1": 2.0,
        "relu5_1": 1.0,
    }


@dataclass(frozen=True, kw_only=True)
class LayerChoice:
    """The layers that one network is best read at; None leaves the engine's own.

    Attributes:
        style_layers: as in `Hyperparameters`, like those below.
        content_layers: likewise.
        stroke_layers: likewise.
        keep_layers: likewise.
        matched_layers: likewise.
        palette_layers: in place of the style layers, for losses that match places.
    """

    style_layers: dict[str, float] | None = None
    content_layers: dict[str, float] | None = None
    stroke_layers: dict[str, float] | None = None
    keep_layers: dict[str, float] | None = None
    matched_layers: dict[str, float] | None = None
    palette_layers: dict[str, float] = field(
        default_factory=lambda: {"relu1_1": 2.0, "relu2_1": 1.0}
    )

    def layers(self) -> dict[str, object]:
        """Return what it changes, by the field of `Hyperparameters`."""
        found = dict(vars(self))
        del found["palette_layers"]
        return {name: each for name, each in found.items() if each is not None}


_USUAL = LayerChoice()


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """The numbers that a picture's look depends on besides its options.

    Attributes:
        style_layers: weights of the layers in the style loss, in any unit: they are
            divided by their sum. Source: crowsonkb 2021 weighs the shallow most, by
            256:64:16:4:1 on absolute activations; on relative ones that leaves hardly
            any large forms, and equal weights dissolve the content.
        content_layers: where the content is compared, weighed likewise.
        stroke_layers: where strokes are chosen, weighed likewise.
        keep_layers: where content that is kept is compared, weighed likewise.
        keep_weight: of that comparison against the content loss; nothing is read for
            it at 0.
        matched_layers: whose hypercolumns are matched, by losses that do, weighed
            likewise.
        matching_weight: of that term against the style loss, which then holds the
            palette; nothing is read for it at 0.
        content_weight: of the content loss against the style loss at full strengths
            of 0.5.
        stroke_weight: of the stroke term against the style loss; nothing is read for
            it at 0.
        gram_weight: of the style loss if it is the Gram distance.
        total_variation_weight: of the mean squared difference of neighbours; 1.5 left
            the finest strokes out, 0 gives single-pixel noise with some paintings.
            At scales above 512 px it grows with them (`painting.job`).
        photograph_weight: of the mean squared difference from the photograph's colours
            where no painting governs, against the style loss.
        coarse_content: the content weight grows with (full size / scale) to this
            power, because coarse rungs dissolve the content.
        learning_rate: of Adam, in units of the pixel range.
        betas: decay of Adam's averages of the gradient and of its square.
        averaging: the iterates' average forgets in this part of a rung's steps.
        noise: standard deviation of the noise at the start.
        history: pairs that L-BFGS remembers.
        detail_steps: of the pass at full size after a ladder that ended below it, as
            a part of all steps.
    """

    style_layers: dict[str, float] = field(default_factory=_shallow_most)
    content_layers: dict[str, float] = field(default_factory=lambda: {"relu4_2": 1.0})
    stroke_layers: dict[str, float] = field(
        default_factory=lambda: {"relu3_1": 1.0, "relu4_1": 1.0}
    )
    keep_layers: dict[str, float] = field(
        default_factory=lambda: {"relu2_2": 1.0, "relu3_2": 1.0, "relu4_2": 1.0}
    )
    keep_weight: float = 0.0
    matched_layers: dict[str, float] = field(
        default_factory=lambda: {"relu3_1": 1.0, "relu4_1": 1.0}
    )
    matching_weight: float = 0.0
    content_weight: float = 0.07
    stroke_weight: float = 0.0
    gram_weight: float = 1.0
    total_variation_weight: float = 0.3
    photograph_weight: float = 10.0
    coarse_content: float = 0.5
    learning_rate: float = 0.03
    betas: tuple[float, float] = (0.9, 0.99)
    averaging: float = 0.2
    noise: float = 0.01
    history: int = 20
    detail_steps: float = DETAIL_STEPS

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers that are read, from shallow to deep."""
        strokes = self.stroke_layers if self.stroke_weight else {}
        kept = self.keep_layers if self.keep_weight else {}
        matched = self.matched_layers if self.matching_weight else {}
        styled = self.style_layers | matched | strokes
        return by_depth(styled | self.content_layers | kept)

    def adapted(
        self, options: StylizeOptions, layer_choice: LayerChoice = _USUAL
    ) -> "Hyperparameters":
        """Return these numbers with what a network and the options change of them."""
        changes = layer_choice.layers()
        held = 1.0
        if options.style_layers is not None:
            changes["style_layers"] = dict(options.style_layers)
        if options.style_loss.matches:
            changes["matching_weight"] = _MATCHING_WEIGHT
            if options.style_layers is not None:
                changes["matched_layers"] = dict(options.style_layers)
            changes["style_layers"] = dict(layer_choice.palette_layers)
            held *= _MATCHING_CONTENT
        if options.content_layers is not None:
            changes["content_layers"] = dict(options.content_layers)
        if options.stroke_strength:
            changes["stroke_weight"] = options.stroke_strength * _STROKE_WEIGHT
            # Strokes that are copied hide the photograph's forms.
            held += options.stroke_strength * _STROKE_CONTENT
        if options.keep is not Keep.NONE:
            changes["keep_weight"] = options.keep_strength**3 * _KEEP_WEIGHT
        if options.learning_rate is not None:
            changes["learning_rate"] = options.learning_rate
        if options.averaging is not None:
            changes["averaging"] = options.averaging
        changes["content_weight"] = held * self.content_weight
        return replace(self, **changes)  # type: ignore[arg-type]  # names of fields


HYPERPARAMETERS = Hyperparameters()


def share_of(weights: Mapping[str, float], layer: str) -> float:
    """Return a layer's part of all weights, 0 if it has none."""
    return weights.get(layer, 0.0) / sum(weights.values())
