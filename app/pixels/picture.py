"""What is needed of a decoded picture: Pillow has it, and so have a codec's bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image


class Picture(Protocol):
    """A decoded picture that is read band by band."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""

    @property
    def mode(self) -> str:
        """Pillow's name of what a pixel is."""

    @property
    # object: each key has a type of its own.
    def info(self) -> Mapping[str | tuple[int, int], object]:
        """Pillow's `icc_profile`, `transparency` and the like."""

    @property
    def has_transparency_data(self) -> bool:
        """Whether a pixel may be transparent."""

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Return a part: left, top, right, bottom."""


@dataclass(frozen=True)
class RawPicture:
    """Pixels as a codec left them: Pillow's own copy would double their memory.

    Attributes:
        pixels: row by row.
        row_bytes: from one row to the next.
        info: as Pillow has it.
        owner: what the pixels' memory belongs to, and dies with.
    """

    size: tuple[int, int]
    mode: str
    pixels: bytes | memoryview
    row_bytes: int
    info: Mapping[str | tuple[int, int], object] = field(default_factory=dict)
    owner: object = None

    @property
    def has_transparency_data(self) -> bool:
        """Whether there is alpha, multiplied in already or not."""
        return self.mode.endswith(("A", "a"))

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Return whole rows; left and right must be the picture's own."""
        left, top, right, bottom = box
        if (left, right) != (0, self.size[0]):
            raise ValueError("rows are not cut")
        rows = memoryview(self.pixels)[top * self.row_bytes : bottom * self.row_bytes]
        size = (right, bottom - top)
        return Image.frombytes(self.mode, size, rows, "raw", self.mode, self.row_bytes)
