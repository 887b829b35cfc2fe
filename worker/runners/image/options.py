"""Translates the user's words into the engine's."""

from app.contract.kinds.image.resolved import ResolvedParameters
from worker.engine import StylizeOptions

#: Where the engine's word is not the user's: it names the unit.
_ENGINE_WORDS = {
    "size": "size_px",
    "working_size": "working_size_px",
    "tile_size": "tile_px",
}


def options_of(params: ResolvedParameters) -> StylizeOptions:
    """Translate the user's words into the engine's; the only place that does."""
    values = params.model_dump(exclude={"style_weights", "network", "changes"})
    return StylizeOptions(
        **{_ENGINE_WORDS.get(name, name): value for name, value in values.items()}
    )
