"""What is over a limit of size: the limit is told in `errors` and beside `code`."""

from pydantic import JsonValue

from app.problems.codes import ProblemCode
from app.problems.errors import FieldError, ProblemError


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
