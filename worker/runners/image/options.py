"""Translates the user's words into the engine's."""

from app.contract.kinds.image.fast import ResolvedFastParameters
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.painting.choices import STEPS_OF_FAST_PRESET
from worker.engine import StylizeOptions
from worker.engine.feedforward import FastOptions, quick_options

#: Where the engine's word is not the user's: it names the unit.
ENGINE_WORDS = {
    "size": "size_px",
    "working_size": "working_size_px",
    "tile_size": "tile_px",
}


def fast_options_of(params: ResolvedFastParameters) -> FastOptions:
    """Translate the user's words into the fast engine's."""
    return FastOptions(
        size_px=params.size,
        network=params.network,
        style_strength=params.style_strength,
        style_scale=params.style_scale,
        color=params.color,
        keep=params.keep,
        keep_strength=params.keep_strength,
    )


def quick_options_of(params: ResolvedFastParameters) -> StylizeOptions:
    """Return options for the steps after the fast picture; nothing is drawn."""
    return quick_options(
        StylizeOptions(
            size_px=params.size,
            style_strength=params.style_strength,
            style_scale=params.style_scale,
            color=params.color,
            keep=params.keep,
            keep_strength=params.keep_strength,
        ),
        STEPS_OF_FAST_PRESET[params.preset],
    )


def options_of(params: ResolvedParameters) -> StylizeOptions:
    """Translate the user's words into the engine's; no other place does."""
    values = params.model_dump(exclude={"style_weights", "network", "changes"})
    return StylizeOptions(
        **{ENGINE_WORDS.get(name, name): value for name, value in values.items()}
    )
