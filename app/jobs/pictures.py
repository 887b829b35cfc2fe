"""The pictures of one job, whatever stands for each: a file, a header, a clean copy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Place:
    """Where a picture was sent, in words: `content`, `style`, `style 2` of several."""

    words: str
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

    def map(self, change: Callable[[T, Place], U]) -> "PictureSet[U]":
        """Return the set of what `change` makes of each picture at its place."""

        def all_of(name: str, items: tuple[T | None, ...]) -> tuple[U | None, ...]:
            places = places_of(name, len(items), is_mask=True)
            return tuple(
                None if item is None else change(item, place)
                for item, place in zip(items, places, strict=True)
            )

        places = places_of("style", len(self.styles))
        return PictureSet(
            content=change(self.content, Place("content")),
            styles=tuple(map(change, self.styles, places)),
            masks=all_of("mask", self.masks),
            style_masks=all_of("style_mask", self.style_masks),
            init=None if self.init is None else change(self.init, Place("init")),
        )


def places_of(name: str, count: int, *, is_mask: bool = False) -> list[Place]:
    """Return the places of `count` files of one name."""
    if count == 1:
        return [Place(name, is_mask)]
    return [Place(f"{name} {number}", is_mask) for number in range(1, count + 1)]
