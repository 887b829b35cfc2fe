"""What may be asked of one fast picture; refuses nonsense, knows no network."""

from dataclasses import dataclass

from app.contract.kinds.image.choices import Color, FastNetwork
from app.contract.kinds.image.limits import (
    MAX_SIZE_PX,
    MAX_STYLE_SCALE,
    MIN_SIZE_PX,
    MIN_STYLE_SCALE,
)
from worker.engine.option_checks import choice, require_integer, require_number


@dataclass(frozen=True, kw_only=True)
class FastOptions:
    """The choices for one fast picture.

    Attributes:
        size_px: long side of the result; the aspect is the content's.
        network: which repaints: `PACK` is the style's own, `ARBITRARY` looks at the
            painting, `AUTO` takes the pack where a style has one.
        style_strength: 0 to 1. 0 is the photograph, 0.5 the network's picture, mixed
            pixel by pixel between them; above, up to a quarter of what the network
            makes of its own picture is mixed in, which takes twice the time.
        style_scale: size of the strokes; at 2 they are twice as large: the network
            works at half the size.
        color: whose colours, as for the optimizing engine.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """

    size_px: int = 512
    network: FastNetwork = FastNetwork.AUTO
    style_strength: float = 0.5
    style_scale: float = 1.0
    color: Color = Color.STYLE

    def __post_init__(self) -> None:
        require_integer("size_px", self.size_px, MIN_SIZE_PX, MAX_SIZE_PX)
        require_number("style_strength", self.style_strength, 0, 1)
        require_number(
            "style_scale", self.style_scale, MIN_STYLE_SCALE, MAX_STYLE_SCALE
        )
        for name, choices in (("network", FastNetwork), ("color", Color)):
            object.__setattr__(self, name, choice(name, choices, getattr(self, name)))
