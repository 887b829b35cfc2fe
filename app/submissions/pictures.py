"""The pictures of one job, whatever stands for each: a source, a clean copy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


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


@dataclass(frozen=True, kw_only=True)
class PictureSet(Generic[T]):
    """One `T` for each picture.

    Attributes:
        content: the photograph.
        styles: the paintings.
        masks: the k-th lies over the photograph, for the k-th painting; None for a
            painting that has none.
        style_masks: the k-th lies over the k-th painting; likewise.
        init: the picture to start from.
    """

    content: T
    styles: tuple[T, ...]
    masks: tuple[T | None, ...] = ()
    style_masks: tuple[T | None, ...] = ()
    init: T | None = None

    def __iter__(self) -> Iterator[T]:
        """Yield every picture that is there."""
        maybe = (self.content, *self.styles, *self.masks, *self.style_masks, self.init)
        yield from (each for each in maybe if each is not None)

    def map(self, change: Callable[[T], U]) -> "PictureSet[U]":
        """Return the set of what `change` makes of each picture."""

        def maybe(item: T | None) -> U | None:
            return None if item is None else change(item)

        return PictureSet(
            content=change(self.content),
            styles=tuple(map(change, self.styles)),
            masks=tuple(map(maybe, self.masks)),
            style_masks=tuple(map(maybe, self.style_masks)),
            init=maybe(self.init),
        )


def words_of(name: str, number: int, count: int) -> str:
    """Return what the `number`-th of `count` pictures is called, counting from 0."""
    return name if count == 1 else f"{name} {number + 1}"
