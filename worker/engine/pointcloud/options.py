"""What may be asked of one cloud; refuses nonsense, knows no network."""

from dataclasses import dataclass

from app.contract.kinds.pointcloud.choices import Harmonics, Mode, Up
from app.contract.kinds.pointcloud.limits import (
    MAX_STEPS,
    MAX_VIEW_PX,
    MAX_VIEWS,
)
from app.contract.painting.choices import Color
from app.contract.painting.limits import (
    MAX_SEED,
    MAX_STYLE_SCALE,
    MIN_STYLE_SCALE,
)
from worker.engine.option_checks import choice, require_integer, require_number

#: With fewer pixels the network's deep layers see nothing.
_LEAST_VIEW_PX = 32


@dataclass(frozen=True, kw_only=True)
class CloudOptions:
    """The choices for one cloud.

    Attributes:
        mode: how it is painted.
        views: cameras that it is painted from.
        view_px: side of a view in pixels.
        up: which way is up.
        steps: optimizer steps over all scales, one view each.
        style_strength: 0 to 1, as of pictures; at 0 the colours stay.
        content_strength: 0 to 1, likewise.
        style_scale: size of the painting's strokes.
        color: whose colours.
        smoothness: 0 to 1, how much colours of near points are held together.
        harmonics: what becomes of the part of the colours that depends on the view.
        background: red, green and blue, 0 to 1, behind the cloud where it is shown.
        seed: of the cameras' turn, of the order of the views, of the noise at first.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """

    mode: Mode = Mode.PAINT
    views: int = 16
    view_px: int = 384
    up: Up = Up.AUTO
    steps: int = 160
    style_strength: float = 0.5
    content_strength: float = 0.5
    style_scale: float = 1.0
    color: Color = Color.STYLE
    smoothness: float = 0.2
    harmonics: Harmonics = Harmonics.SCALE
    background: tuple[float, float, float] = (0.5, 0.5, 0.5)
    seed: int = 0

    def __post_init__(self) -> None:
        require_integer("views", self.views, 1, MAX_VIEWS)
        require_integer("view_px", self.view_px, _LEAST_VIEW_PX, MAX_VIEW_PX)
        require_integer("steps", self.steps, 1, MAX_STEPS)
        require_integer("seed", self.seed, 0, MAX_SEED)
        for name in ("style_strength", "content_strength", "smoothness"):
            require_number(name, getattr(self, name), 0, 1)
        require_number(
            "style_scale", self.style_scale, MIN_STYLE_SCALE, MAX_STYLE_SCALE
        )
        for name, choices in (
            ("mode", Mode),
            ("up", Up),
            ("color", Color),
            ("harmonics", Harmonics),
        ):
            object.__setattr__(self, name, choice(name, choices, getattr(self, name)))
