"""What is wrong with one field: the entry in `errors` says what the detail says.

Of what is over a limit of size, the limit is told beside `code`, too.
"""

from pydantic import JsonValue

from app.problems.codes import ProblemCode
from app.problems.errors import FieldError, ProblemError

_LONGEST_ECHO = 100


def refuse(
    pointer: str,
    detail: str,
    code: ProblemCode = ProblemCode.INVALID_VALUE,
    limit: JsonValue = None,
    actual: JsonValue = None,
) -> ProblemError:
    """Return the problem of one field.

    Args:
        pointer: JSON pointer to the field.
        detail: a sentence.
        code: the problem's.
        limit: what is allowed.
        actual: what came; a text is cut short.
    """
    if isinstance(actual, str):
        actual = actual[:_LONGEST_ECHO]
    entry = FieldError(
        field=pointer, code=code, message=detail, limit=limit, actual=actual
    )
    return ProblemError(code, detail, [entry])


def too_large(
    detail: str,
    limit: int,
    actual: int | None = None,
    *,
    pointer: str = "",
    headers: dict[str, str] | None = None,
    code: ProblemCode = ProblemCode.UPLOAD_TOO_LARGE,
) -> ProblemError:
    """Return the problem of something that is larger than is allowed.

    Args:
        detail: a sentence.
        limit: what is allowed, in the unit that the detail names.
        actual: what came, in the same unit; None if the rest was not looked at.
        pointer: JSON pointer to it; the whole body if empty.
        headers: further ones of the answer.
        code: the problem's.
    """
    entry = FieldError(
        field=pointer, code=code, message=detail, limit=limit, actual=actual
    )
    extra: dict[str, JsonValue] = {"limit": limit, "actual": actual}
    return ProblemError(code, detail, [entry], headers=headers or {}, extra=extra)
