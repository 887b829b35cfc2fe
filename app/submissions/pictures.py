"""Where the pictures of a submission were sent, and what they are called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a picture was sent.

    Attributes:
        words: `content`, `style`, `style 2` of several.
        pointer: the JSON pointer for problems: `/content`, `/styles/1/data`.
        is_mask: whether it is a mask and no picture.
    """

    words: str
    pointer: str
    is_mask: bool = False


def words_of(name: str, number: int, count: int) -> str:
    """Return what the `number`-th of `count` pictures is called, counting from 0."""
    return name if count == 1 else f"{name} {number + 1}"
