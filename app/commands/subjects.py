"""Which pictures a submission is of: files and folders in, a plan of pictures out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from app.commands.names import distinct_names
from app.commands.parameters.kinds import most_paintings
from app.contract.batches import MAX_BATCH_JOBS
from app.terminal import pictures_among


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
        left_out: what looks like a picture in a folder and is none, in words.
    """

    contents: tuple[Path, ...]
    paintings: tuple[Painting, ...]
    each: bool
    left_out: tuple[str, ...] = ()

    @property
    def painting_files(self) -> list[Path]:
        """The paintings that are sent."""
        return [each.path for each in self.paintings if each.path is not None]

    @property
    def files(self) -> list[Path]:
        """Every file that is sent."""
        return [*self.contents, *self.painting_files]

    @property
    def is_one(self) -> bool:
        """Whether there will be a single picture."""
        return len(self.contents) == 1 and (len(self.paintings) == 1 or not self.each)

    def names(self, ending: str) -> list[str]:
        """Return the pictures' names, all different, photographs first.

        `harbour-night.png` for one painting, `harbour-night-glass.png` for two blended.
        """
        wanted = [
            [content.stem, *(each.name for each in paintings)]
            for content, paintings in self.subjects()
        ]
        return list(distinct_names(wanted, ending))

    def subjects(self) -> list[tuple[Path, Sequence[Painting]]]:
        """Return what each picture is made from, photographs first."""
        sets: list[Sequence[Painting]] = [self.paintings]
        if self.each:
            sets = [[painting] for painting in self.paintings]
        return [(content, each) for content in self.contents for each in sets]

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
    kind: str | None = None,
) -> Plan:
    """Return the plan of what was named; None for `each` leaves the choice to us.

    Raises:
        BadParameter: Nothing to paint with, an empty folder, or too many to blend.
    """
    left_out: list[str] = []
    photographs = tuple(
        path for named in contents for path in pictures_in(named, left_out)
    )
    files = [path for named in styles for path in pictures_in(named, left_out)]
    if "" in style_ids:
        raise typer.BadParameter("the painting's id is empty", param_hint="--style-id")
    paintings = (
        *(Painting(path=path) for path in files),
        *(Painting(style_id=each_id) for each_id in style_ids),
    )
    if not paintings:
        raise typer.BadParameter("name a painting, or --style-id for the library's")
    if each is None:
        each = len(photographs) > 1 or any(path.is_dir() for path in styles)
    most = most_paintings(kind)
    if not each and len(paintings) > most:
        raise typer.BadParameter(
            f"{len(paintings)} paintings cannot be blended, {most} can; --each "
            "makes a picture with each of them"
        )
    return Plan(
        contents=photographs,
        paintings=paintings,
        each=each,
        left_out=tuple(left_out),
    )


def pictures_in(named: Path, left_out: list[str]) -> list[Path]:
    """Return a file itself, or a folder's pictures by name, told by their content.

    What looks like a picture there and is none is added to `left_out`.

    Raises:
        BadParameter: The folder has no pictures.
    """
    if not named.is_dir():
        return [named]
    found, others = pictures_among(named)
    words = [f"{path} is left out: it is {why}" for path, why in others.items()]
    if not found:
        raise typer.BadParameter("; ".join([f"{named} has no pictures", *words]))
    left_out += words
    return found
