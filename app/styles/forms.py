"""From a multipart form to a style's files and what its sender says of it."""

from dataclasses import dataclass
from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile

from app.http.bodies.multipart import without_empty_texts
from app.problems import FieldError, ProblemCode, ProblemError
from app.styles.library import StyleWords

IMAGE, SAMPLE, PACK = FILES = ("image", "sample", "pack")
WORDS = ("title", "artist", "license", "source")
MAX_WORDS_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class SentStyle:
    """What came.

    Attributes:
        picture: the painting, or a sample of what the pack paints.
        field: the name that it came under.
        pack: the network, if one came.
        words: what its sender says.
    """

    picture: BinaryIO
    field: str
    pack: BinaryIO | None
    words: StyleWords

    @property
    def paintable(self) -> bool:
        """Whether the picture is the painting."""
        return self.field == IMAGE


def read_style(form: FormData) -> SentStyle:
    """Return the files and the words.

    Raises:
        ProblemError: A field is missing, unknown, doubled or of the wrong kind.
    """
    form = without_empty_texts(form, WORDS)
    for name in form:
        if name not in {*FILES, *WORDS}:
            known = ", ".join((*FILES, *WORDS))
            detail = f"There is no field {name[:100]!r}; there are {known}."
            raise _refusal(ProblemCode.UNKNOWN_FIELD, name[:100], detail)
        if len(form.getlist(name)) > 1:
            detail = f"{name} came more than once."
            raise _refusal(ProblemCode.DUPLICATE_FIELD, name, detail)
    image, sample, pack = (_file(form, name) for name in FILES)
    picture = image or sample
    if picture is None:
        raise _refusal(ProblemCode.MISSING_STYLE, IMAGE, _missing(pack))
    if sample is not None and (image is not None or pack is None):
        detail = "sample is what a pack without its painting has made: send no image."
        raise _refusal(ProblemCode.INVALID_VALUE, SAMPLE, detail)
    return SentStyle(
        picture=picture,
        field=SAMPLE if image is None else IMAGE,
        pack=pack,
        words=StyleWords(**{name: _words(form, name) for name in WORDS}),
    )


def _missing(pack: BinaryIO | None) -> str:
    if pack is None:
        return f"The painting is missing: send the file {IMAGE}."
    return (
        f"A pack needs a picture to be shown by: send its painting as {IMAGE} or, if "
        f"there is none, a picture that it has made as {SAMPLE}."
    )


def _file(form: FormData, name: str) -> BinaryIO | None:
    """Return a file; forms of browsers have empty ones for what was left open."""
    file = form.get(name)
    if isinstance(file, UploadFile) and (file.filename or file.size):
        return file.file
    if isinstance(file, str):
        raise _refusal(
            ProblemCode.INVALID_VALUE, name, f"{name} came as text; send a file."
        )
    return None


def _words(form: FormData, name: str) -> str | None:
    value = form.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        detail = f"{name} came as a file; send text."
        raise _refusal(ProblemCode.INVALID_VALUE, name, detail)
    if len(value) > MAX_WORDS_LENGTH or not value.isprintable():
        detail = f"{name} must be up to {MAX_WORDS_LENGTH} printable characters."
        raise _refusal(ProblemCode.INVALID_VALUE, name, detail)
    return value.strip() or None


def _refusal(code: ProblemCode, name: str, detail: str) -> ProblemError:
    return ProblemError(
        code, detail, [FieldError(field=f"/{name}", code=code, message=detail)]
    )
