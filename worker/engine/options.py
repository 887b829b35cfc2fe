"""What may be asked of one picture; refuses nonsense, knows no network."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

_Choice = TypeVar("_Choice", bound=StrEnum)

MIN_SIZE_PX = 64
MAX_SIZE_PX = 2048
MIN_STYLE_SCALE = 0.25
MAX_STYLE_SCALE = 4.0
#: Seeds fit a signed 32-bit integer, so that every client language holds them.
MAX_SEED = 2**31 - 1


class Preset(StrEnum):
    """How much time a picture may take; `schedule` says what each one does."""

    DRAFT = "draft"
    STANDARD = "standard"
    HIGH = "high"


class StyleLoss(StrEnum):
    """Which distance between style statistics is minimized."""

    WASSERSTEIN = "wasserstein"
    GRAM = "gram"


class Start(StrEnum):
    """What the optimization starts from."""

    CONTENT = "content"
    NOISE = "noise"


class Color(StrEnum):
    """Whose colours the picture has; `colors` says how."""

    STYLE = "style"
    CONTENT = "content"
    MATCHED = "matched"


@dataclass(frozen=True, kw_only=True)
class StylizeOptions:
    """The choices for one picture.

    Attributes:
        size_px: long side of the result; the aspect is the content's.
        preset: how many steps, and how they are shared out over the scales.
        steps: optimizer steps over all scales; the preset's if None.
        style_strength: 0 to 1. The weight of the style loss is 8 times its cube, 1 at
            0.5; at 0 the content comes back as it is, whatever the rest says.
        content_strength: 0 to 1, likewise; at 0 the content is only the start.
        style_loss: the distance between style statistics.
        color: whose colours: the painting's; the photograph's, only its light and dark
            repainted; or the photograph's palette in the painting's strokes.
        style_scale: size of the painting's strokes; at 2 they are twice as large, as
            far as the painting has pixels: it is never enlarged.
        start: the content in the painting's colours, or noise in them: freer forms,
            less of the content.
        seed: of the noise that the first scale starts with, faint unless `start` says
            otherwise.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """

    size_px: int = 512
    preset: Preset = Preset.STANDARD
    steps: int | None = None
    style_strength: float = 0.5
    content_strength: float = 0.5
    style_loss: StyleLoss = StyleLoss.WASSERSTEIN
    color: Color = Color.STYLE
    style_scale: float = 1.0
    start: Start = Start.CONTENT
    seed: int = 0

    def __post_init__(self) -> None:
        _require_integer("size_px", self.size_px, MIN_SIZE_PX, MAX_SIZE_PX)
        _require_integer("seed", self.seed, 0, MAX_SEED)
        if self.steps is not None:
            _require_integer("steps", self.steps, 1, None)
        _require_number("style_strength", self.style_strength, 0, 1)
        _require_number("content_strength", self.content_strength, 0, 1)
        _require_number(
            "style_scale", self.style_scale, MIN_STYLE_SCALE, MAX_STYLE_SCALE
        )
        # Accept plain strings too, as argparse and JSON give them.
        object.__setattr__(self, "preset", _choice("preset", Preset, self.preset))
        chosen_loss = _choice("style_loss", StyleLoss, self.style_loss)
        object.__setattr__(self, "style_loss", chosen_loss)
        object.__setattr__(self, "start", _choice("start", Start, self.start))
        object.__setattr__(self, "color", _choice("color", Color, self.color))


def _require_integer(name: str, value: object, least: int, most: int | None) -> None:
    allowed = f"from {least}" + ("" if most is None else f" to {most}")
    inside = (
        isinstance(value, int)
        and not isinstance(value, bool)
        and least <= value
        and (most is None or value <= most)
    )
    if not inside:
        raise ValueError(f"{name} is {value!r}, must be an integer {allowed}")


def _require_number(name: str, value: object, least: float, most: float) -> None:
    # NaN fails every comparison, so it is refused here as well.
    inside = (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and least <= value <= most
    )
    if not inside:
        raise ValueError(
            f"{name} is {value!r}, must be a number from {least:g} to {most:g}"
        )


def _choice(name: str, choices: type[_Choice], value: str) -> _Choice:
    try:
        return choices(value)
    except ValueError:
        allowed = ", ".join(choices)
        raise ValueError(f"{name} is {value!r}, must be one of: {allowed}") from None
