"""What a pack says of itself: short texts, and numbers of the judge."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_MAX_TEXT = 500
_MAX_NUMBERS = 50
_NUMBER_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, kw_only=True)
class PackInfo:
    """What a pack says of itself.

    Attributes:
        name: of the style.
        licence: of its numbers.
        origin: who made them.
        judgement: numbers of the judge, by field of its report.

    Raises:
        ValueError: a text is too long or not printable, a number is not finite.
    """

    name: str
    licence: str
    origin: str
    judgement: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for label in ("name", "licence", "origin"):
            _require_text(label, getattr(self, label))
        if not isinstance(self.judgement, dict) or len(self.judgement) > _MAX_NUMBERS:
            raise ValueError(f"judgement must be at most {_MAX_NUMBERS} named numbers")
        for label, number in self.judgement.items():
            _require_number(label, number)


def _require_text(label: str, text: object) -> None:
    if not (isinstance(text, str) and len(text) <= _MAX_TEXT):
        raise ValueError(f"{label} must be a text of at most {_MAX_TEXT}")
    if not text.isprintable():
        raise ValueError(f"{label} has characters that can not be printed")


def _require_number(label: object, number: object) -> None:
    if not (isinstance(label, str) and _NUMBER_NAME.fullmatch(label)):
        raise ValueError("judgement must be numbers of the judge by their names")
    is_number = isinstance(number, int | float) and math.isfinite(number)
    if isinstance(number, bool) or not is_number:
        raise ValueError(f"{label} of the judgement is no finite number")
