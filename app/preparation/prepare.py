"""The use case: sources in, a data set out; again, and nothing is done twice."""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.contract.datasets import Manifest, PictureRow, manifest_of, split_of
from app.preparation import reports
from app.preparation.journal import Journal, OtherOptionsError
from app.preparation.likeness import first_alike
from app.preparation.options import PrepareOptions
from app.preparation.picture import (
    PICTURES,
    Rejected,
    Stored,
    prepare_picture,
)
from app.preparation.sources import Found, Item, NamedLabels, Unusable, find_items
from app.preparation.workers import outcomes

#: Told how many pictures are done, of how many.
Progress = Callable[[int, int], None]
_LOCK = ".lock"


class PreparationError(Exception):
    """There is no data set; the message says why and what would help."""


@dataclass(frozen=True)
class Outcome:
    """What a preparation did.

    Attributes:
        manifest: of the set as it is now.
        decoded: pictures that were looked at in this run.
        rejected: what is not in the set, and why.
        duplicates: names, and the name of the picture that each is like.
    """

    manifest: Manifest
    decoded: int
    rejected: list[Unusable]
    duplicates: dict[str, str]


def prepare(
    sources: Sequence[Path],
    folder: Path,
    options: PrepareOptions,
    *,
    labels: NamedLabels = lambda _: {},
    processes: int = 1,
    progress: Progress = lambda _done, _all: None,
) -> Outcome:
    """Make `folder` the data set of everything that is in the sources.

    Args:
        sources: folders, tar shards or single pictures.
        folder: the set's; need not be there.
        options: what becomes of each picture.
        labels: licence, artist and style by a picture's name, if nothing beside it
            says them.
        processes: that decode at the same time.
        progress: called after each picture.

    Raises:
        PreparationError: source and set lie in each other, the set was begun with
            other options or is being prepared, or no picture is left.
        OSError: a source cannot be read, or the set not be written.
    """
    _require_apart(sources, folder)
    found = find_items(sources, options.kind, labels)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        try:
            journal = Journal(folder, options)
        except OtherOptionsError as error:
            raise PreparationError(str(error)) from error
        try:
            run = _Run(folder, options, found, journal)
            run.decode(processes, progress)
        finally:
            journal.close()
        return run.written()


class _Run:
    """One preparation, its sources looked through."""

    def __init__(
        self, folder: Path, options: PrepareOptions, found: Found, journal: Journal
    ) -> None:
        self._folder, self._options = folder, options
        self._found, self._journal = found, journal
        self._decoded = 0

    def decode(self, processes: int, progress: Progress) -> None:
        """See to it that the outcome of every picture is known, and its file there."""
        work = partial(
            prepare_picture,
            rules=self._options.rules(),
            size=self._options.size,
            folder=self._folder,
        )
        count = len(self._found.items)
        while todo := self._unknown() or self._gone():
            for done, (item, outcome) in enumerate(
                outcomes(todo, work, processes), start=count - len(todo) + 1
            ):
                self._journal.note(item, outcome)
                self._decoded += 1
                progress(done, count)

    def written(self) -> Outcome:
        """Write the set's lists, and delete the pictures that they do not name."""
        alike = self._alike()
        manifest = manifest_of(
            _row(item, stored, self._options.licence)
            for item, stored in self._stored()
            if alike[item.name] == item.name
        )
        outcome = Outcome(
            manifest,
            self._decoded,
            self._rejected(),
            {name: other for name, other in alike.items() if name != other},
        )
        reports.write_report(
            self._folder,
            self._options,
            manifest,
            rejected=outcome.rejected,
            duplicates=outcome.duplicates,
            passed_over=self._found.passed_over,
        )
        if not manifest.rows:
            raise PreparationError(_nothing_left(self._folder, outcome))
        reports.write_manifest(self._folder, manifest)
        reports.write_credits(self._folder, manifest)
        self._delete_others({row.file for row in manifest.rows})
        return outcome

    def _unknown(self) -> list[Item]:
        items = self._found.items
        return [item for item in items if self._journal.known(item) is None]

    def _gone(self) -> list[Item]:
        """Return the pictures of the set whose files are not what they were."""
        alike = self._alike()
        return [
            item
            for item, stored in self._stored()
            if alike[item.name] == item.name
            and not _is_there(self._folder / stored.file, stored.bytes)
        ]

    def _stored(self) -> Iterator[tuple[Item, Stored]]:
        for item in self._found.items:
            outcome = self._journal.known(item)
            if isinstance(outcome, Stored):
                yield item, outcome

    def _rejected(self) -> list[Unusable]:
        rejected = list(self._found.unusable)
        for item in self._found.items:
            outcome = self._journal.known(item)
            if isinstance(outcome, Rejected):
                rejected.append(Unusable(item.name, outcome.reason))
        return sorted(rejected, key=lambda each: each.name)

    def _alike(self) -> dict[str, str]:
        """Return each picture's name with that of the one that stands for it."""
        ranked = sorted(
            self._stored(), key=lambda pair: (-pair[1].source_pixels, pair[0].name)
        )
        return dict(first_alike((item.name, each.likeness) for item, each in ranked))

    def _delete_others(self, kept: set[str]) -> None:
        for path in self._folder.glob(f"{PICTURES}/*/*"):
            if path.relative_to(self._folder).as_posix() not in kept:
                path.unlink()


def _row(item: Item, stored: Stored, licence: str | None) -> PictureRow:
    return PictureRow(
        file=stored.file,
        sha256=stored.sha256,
        width=stored.width,
        height=stored.height,
        source=item.name,
        source_sha256=stored.source_sha256,
        split=split_of(stored.source_sha256),
        licence=item.labels.get("licence", licence),
        artist=item.labels.get("artist"),
        style=item.labels.get("style"),
    )


def _is_there(path: Path, length: int) -> bool:
    return path.is_file() and path.stat().st_size == length


def _nothing_left(folder: Path, outcome: Outcome) -> str:
    first = "; the first: " + outcome.rejected[0].reason if outcome.rejected else ""
    return (
        f"no usable picture was found ({len(outcome.rejected)} files were rejected"
        f"{first}); {folder / reports.REPORT_FILE} has all reasons"
    )


def _require_apart(sources: Sequence[Path], folder: Path) -> None:
    """Refuse a set within a source: the next run would take it for pictures."""
    inside = folder.resolve()
    for source in sources:
        root = source.resolve()
        if inside.is_relative_to(root) or root.is_relative_to(inside):
            raise PreparationError(
                f"{folder} and {source} lie in each other: name another folder"
            )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep others from preparing the same set; the lock ends with the process."""
    with (folder / _LOCK).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PreparationError(f"{folder} is being prepared already") from error
        yield
