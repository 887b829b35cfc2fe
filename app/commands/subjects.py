"""Which pictures a submission is of: files and folders in, a plan of pictures out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from app.client import MEDIA_TYPES
from app.contract.batches import MAX_BATCH_JOBS
from app.contract.kinds.image.limits import MAX_STYLES


@dataclass(frozen=True, kw_only=True)
class Painting:
    """A painting: a file, or one of the service's library."""

    path: Path | None = None
    style_id: str | None = None

    @property
    def name(self) -> str:
        """What files are named by."""
        return self.path.stem if self.path is not None else str(self.style_id)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be painted.

    Attributes:
        contents: the photographs.
        paintings: files first, then those of the library.
        each: a picture for every photograph with every painting; else one for every
            photograph, all paintings blended.
    """

    contents: tuple[Path, ...]
    paintings: tuple[Painting, ...]
    each: bool

    @property
    def is_one(self) -> bool:
        """Whether there will be a single picture."""
        return len(self.contents) == 1 and (len(self.paintings) == 1 or not self.each)

    def names(self) -> list[str]:
        """Return the pictures' names without ending, all different, photographs first.

        `harbour-night` for one painting, `harbour-night-glass` for two blended.
        """
        wanted = [
            "-".join([content.stem, *(each.name for each in paintings)])
            for content in self.contents
            for paintings in self._sets()
        ]
        return list(_distinct(wanted))

    def _sets(self) -> Sequence[Sequence[Painting]]:
        if self.each:
            return [[painting] for painting in self.paintings]
        return [self.paintings]

    def batches(self) -> Iterator[tuple[slice, slice]]:
        """Yield which photographs and which paintings go into one batch each."""
        columns = min(len(self.paintings), MAX_BATCH_JOBS)
        rows = max(1, MAX_BATCH_JOBS // columns)
        for row in range(0, len(self.contents), rows):
            for column in range(0, len(self.paintings), columns):
                yield slice(row, row + rows), slice(column, column + columns)


def plan_of(
    contents: Sequence[Path],
    styles: Sequence[Path],
    style_ids: Sequence[str],
    each: bool | None,
) -> Plan:
    """Return the plan of what was named; None for `each` leaves the choice to us.

    Raises:
        BadParameter: Nothing to paint with, an empty folder, or too many to blend.
    """
    photographs = tuple(path for named in contents for path in pictures_in(named))
    files = [path for named in styles for path in pictures_in(named)]
    paintings = (
        *(Painting(path=path) for path in files),
        *(Painting(style_id=each_id) for each_id in style_ids),
    )
    if not paintings:
        raise typer.BadParameter("name a painting, or --style-id for the library's")
    if each is None:
        each = len(photographs) > 1 or any(path.is_dir() for path in styles)
    if not each and len(paintings) > MAX_STYLES:
        raise typer.BadParameter(
            f"{len(paintings)} paintings cannot be blended, {MAX_STYLES} can; --each "
            "makes a picture with each of them"
        )
    return Plan(contents=photographs, paintings=paintings, each=each)


def pictures_in(named: Path) -> list[Path]:
    """Return a file itself, or a folder's pictures by name.

    Raises:
        BadParameter: The folder has no pictures.
    """
    if not named.is_dir():
        return [named]
    found = sorted(
        path
        for path in named.iterdir()
        if path.suffix.lower() in MEDIA_TYPES and not path.name.startswith(".")
    )
    if not found:
        raise typer.BadParameter(f"{named} has no pictures ({', '.join(MEDIA_TYPES)})")
    return found


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Yield the names; one that came before gets a number."""
    taken: set[str] = set()
    for name in names:
        candidate, number = name, 1
        while candidate in taken:
            number += 1
            candidate = f"{name}-{number}"
        taken.add(candidate)
        yield candidate
