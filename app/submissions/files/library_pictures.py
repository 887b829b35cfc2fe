"""Paintings of the library among the files of a submission."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from app.contract.inputs import Input
from app.contract.ports import StyleCatalogue, StyleNotFoundError
from app.contract.styles import Style
from app.problems import ProblemCode, refuse
from app.submissions.files.sources import LibraryPicture, Place, SentFile
from app.submissions.files.staging import StagedFile, Staging


def look_up(
    style_catalogue: StyleCatalogue, pictures: Iterable[SentFile]
) -> dict[Place, Style]:
    """Return those of the library, by their places."""
    found = {}
    for sent in pictures:
        if isinstance(sent.source, LibraryPicture):
            with in_library(sent.source.style_id, sent.place):
                found[sent.place] = style_catalogue.get(sent.source.style_id)
    return found


def take_from_catalogue(
    style_catalogue: StyleCatalogue, style: Style, place: Place, staging: Staging
) -> StagedFile:
    """Keep a copy of a painting of the library."""
    with in_library(style.id, place):
        content = style_catalogue.image(style.id)
    kept = Input(
        media_type=style.media_type,
        sha256=style.sha256,
        facts=style.facts,
        style_id=style.id,
    )
    return StagedFile(place, kept, staging.keep(style.sha256, content))


@contextmanager
def in_library(style_id: str, place: Place) -> Iterator[None]:
    """Let the problem that a style is unknown point to where this client named it."""
    try:
        yield
    except StyleNotFoundError as error:
        detail = f"There is no style {style_id[:100]!r}; GET /v1/styles lists them."
        code = ProblemCode.STYLE_NOT_FOUND
        raise refuse(place.pointer, detail, code, actual=style_id) from error
