"""What is wrong with one field: the entry in `errors` says what the detail says."""

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
