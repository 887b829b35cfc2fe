"""From a multipart form to a painting and what its sender says of it."""

from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile

from app.http.bodies.multipart import without_empty_texts
from app.problems import ProblemCode, refuse
from app.styles.library import StyleWords

IMAGE = "image"
TITLE = "title"
WORDS = (TITLE, "artist", "license", "source")
MAX_WORDS_LENGTH = 200


def read_style(form: FormData) -> tuple[BinaryIO, StyleWords]:
    """Return the picture's file and the words.

    Raises:
        ProblemError: A field is missing, unknown, doubled or of the wrong kind.
    """
    form = without_empty_texts(form, WORDS)
    for name in form:
        if name not in {IMAGE, *WORDS}:
            known = ", ".join((IMAGE, *WORDS))
            detail = f"There is no field {name[:100]!r}; there are {known}."
            raise refuse(f"/{name[:100]}", detail, ProblemCode.UNKNOWN_FIELD)
        if len(form.getlist(name)) > 1:
            detail = f"{name} came more than once."
            raise refuse(f"/{name}", detail, ProblemCode.DUPLICATE_FIELD)
    file = form.get(IMAGE)
    if not isinstance(file, UploadFile) or not (file.filename or file.size):
        detail = f"The painting is missing: send the file {IMAGE}."
        raise refuse(f"/{IMAGE}", detail, ProblemCode.MISSING_STYLE)
    words = {name: _words(form, name) for name in WORDS}
    title = words.pop(TITLE) or "Untitled"
    return file.file, StyleWords(title=title, **words)


def _words(form: FormData, name: str) -> str | None:
    value = form.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        detail = f"{name} came as a file; send text."
        raise refuse(f"/{name}", detail)
    if len(value) > MAX_WORDS_LENGTH or not value.isprintable():
        detail = f"{name} must be up to {MAX_WORDS_LENGTH} printable characters."
        raise refuse(f"/{name}", detail)
    return value.strip() or None
