"""From a multipart form to a `Submission`: which fields there are, and how often."""

from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile

from app.jobs.parameters import (
    KNOWN_FIELDS,
    PARAMETER_FIELDS,
    nearest_field,
    read_metadata,
    read_parameters,
)
from app.jobs.submit import Submission
from app.problems import FieldError, ProblemCode, ProblemError

#: Blending several paintings is not built yet.
MAX_STYLES = 1


def read_submission(form: FormData) -> Submission:
    """Return what the form asks for.

    Raises:
        ProblemError: A field is missing, unknown, doubled or of the wrong kind.
    """
    _check_names(form)
    content = _one_file(form, "content", ProblemCode.MISSING_CONTENT)
    style = _one_file(form, "style", ProblemCode.MISSING_STYLE)
    texts = {name: _text(form, name) for name in PARAMETER_FIELDS if name in form}
    params = read_parameters(texts)
    metadata = read_metadata(_text(form, "metadata")) if "metadata" in form else {}
    return Submission(content=content, style=style, params=params, metadata=metadata)


def _check_names(form: FormData) -> None:
    for name in form:
        count = len(form.getlist(name))
        if name not in KNOWN_FIELDS:
            raise _unknown_field(name[:100])
        if name == "style" and count > MAX_STYLES:
            detail = f"{count} paintings came; {MAX_STYLES} is allowed."
            raise _refusal(ProblemCode.TOO_MANY_STYLES, name, detail, MAX_STYLES, count)
        if count > 1:
            detail = f"{name} came {count} times; once is allowed."
            raise _refusal(ProblemCode.DUPLICATE_FIELD, name, detail, 1, count)


def _one_file(form: FormData, name: str, missing: ProblemCode) -> BinaryIO:
    part = form.get(name)
    if isinstance(part, UploadFile) and (part.filename or part.size):
        return part.file
    if isinstance(part, str):
        detail = f"{name} came as text; send a file (curl: -F {name}=@picture.jpg)."
    else:
        detail = f"There is no file {name} in the form."
    raise _refusal(missing, name, detail)


def _text(form: FormData, name: str) -> str:
    value = form[name]
    if isinstance(value, str):
        return value
    detail = f"{name} came as a file; send its value as text."
    raise _refusal(ProblemCode.INVALID_VALUE, name, detail)


def _unknown_field(name: str) -> ProblemError:
    nearest = nearest_field(name)
    hint = f"; was {nearest} meant?" if nearest else "."
    detail = f"There is no field {name!r}{hint}"
    return _refusal(ProblemCode.UNKNOWN_FIELD, name, detail)


def _refusal(
    code: ProblemCode,
    name: str,
    detail: str,
    limit: int | None = None,
    actual: int | None = None,
) -> ProblemError:
    error = FieldError(
        field=f"/{name}", code=code, message=detail, limit=limit, actual=actual
    )
    return ProblemError(code, detail, [error])
