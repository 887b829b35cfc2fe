"""Does a mask have the shape of the picture that it lies over?"""

from typing import Protocol

from app.intake.inspection import refusal
from app.problems import ProblemCode

#: So much may the ratios of width to height differ: what rounding to whole pixels does.
_TOLERANCE = 0.02


class Sized(Protocol):
    """Whatever has a size in pixels."""

    @property
    def width(self) -> int:
        """The longer or the shorter one."""

    @property
    def height(self) -> int:
        """The other one."""


def require_same_aspect(mask: Sized, picture: Sized, *, field: str, over: str) -> None:
    """Refuse a mask whose ratio of width to height is not its picture's, within 2 %.

    Args:
        mask: The clean copy, as `picture`: both are upright.
        picture: What the mask lies over.
        field: Where the mask was sent.
        over: Where the picture was sent.

    Raises:
        ProblemError: They differ.
    """
    ratios = [mask.width * picture.height, picture.width * mask.height]
    if max(ratios) > (1 + _TOLERANCE) * min(ratios):
        detail = (
            f"{field} has {mask.width} x {mask.height} pixels and lies over {over}, "
            f"which has {picture.width} x {picture.height}: their ratios of width to "
            "height must be the same within 2 %."
        )
        raise refusal(
            ProblemCode.MASK_BAD_ASPECT,
            field,
            detail,
            round(picture.width / picture.height, 3),
            round(mask.width / mask.height, 3),
        )
