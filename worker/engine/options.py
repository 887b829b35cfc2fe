"""What may be asked of one picture; refuses nonsense, knows no network."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

_Choice = TypeVar("_Choice", bound=StrEnum)

MIN_SIZE_PX = 64
MAX_SIZE_PX = 2048
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
        seed: of the faint noise that the first scale starts with.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """

    size_px: int = 512
    preset: Preset = Preset.STANDARD
    steps: int | None = None
    style_strength: float = 0.5
    content_strength: float = 0.5
    style_loss: StyleLoss = StyleLoss.WASSERSTEIN
    seed: int = 0

    def __post_init__(self) -> None:
        _require_integer("size_px", self.size_px, MIN_SIZE_PX, MAX_SIZE_PX)
        _require_integer("seed", self.seed, 0, MAX_SEED)
        if self.steps is not None:
            _require_integer("steps", self.steps, 1, None)
        _require_fraction("style_strength", self.style_strength)
        _require_fraction("content_strength", self.content_strength)
        # Accept plain strings too, as argparse and JSON give them.
        object.__setattr__(self, "preset", _choice("preset", Preset, self.preset))
        chosen_loss = _choice("style_loss", StyleLoss, self.style_loss)
        object.__setattr__(self, "style_loss", chosen_loss)


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


def _require_fraction(name: str, value: object) -> None:
    # NaN fails every comparison, so it is refused here as well.
    inside = (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value <= 1
    )
    if not inside:
        raise ValueError(f"{name} is {value!r}, must be a number from 0 to 1")


def _choice(name: str, choices: type[_Choice], value: str) -> _Choice:
    try:
        return choices(value)
    except ValueError:
        allowed = ", ".join(choices)
        raise ValueError(f"{name} is {value!r}, must be one of: {allowed}") from None
