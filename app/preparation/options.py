"""What a person asks of a preparation."""

from dataclasses import dataclass
from enum import StrEnum

from app.intake import IntakeRules

#: Files of museums and cameras are larger than what is uploaded.
_MAX_FILE_BYTES = 128 * 2**20


class SetKind(StrEnum):
    """What the pictures are: photographs to paint, or paintings to learn from."""

    CONTENT = "content"
    STYLE = "style"


@dataclass(frozen=True, kw_only=True)
class PrepareOptions:
    """What becomes of each picture.

    Attributes:
        kind: of a `style` set, paths like `style/artist_title.jpg` are read as labels.
        size: short side of what is stored; smaller pictures stay as they are.
        min_side: pictures with a shorter side are left out.
        licence: of the pictures of which nothing else says it.

    Raises:
        ValueError: the sizes are none, or contradict each other.
    """

    kind: SetKind = SetKind.CONTENT
    size: int = 512
    min_side: int = 256
    licence: str | None = None

    def __post_init__(self) -> None:
        """Refuse sizes that nothing passes."""
        if not 1 <= self.min_side <= self.size:
            raise ValueError(
                f"min-side is {self.min_side}, size {self.size}: from 1 to size is "
                "allowed"
            )

    def rules(self) -> IntakeRules:
        """Return what a picture may measure."""
        return IntakeRules(max_bytes=_MAX_FILE_BYTES, min_side_px=self.min_side)
