"""Puts what the contract's model refuses into the words and codes of a problem."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pydantic import JsonValue
from pydantic_core import ErrorDetails

from app.contract.engines import ENGINE
from app.problems import FieldError, ProblemCode, refuse
from app.submissions.fields import engines_with, nearest_field
from app.submissions.json_texts import pointer_to
from app.submissions.offers import Offer

#: A hostile list could have thousands of wrong entries.
MAX_ERRORS = 16
_LONGEST_ECHO = 100
#: Beyond it a number is told as text: no client's JSON holds a larger integer.
_LARGEST_ECHO = 2**53

#: pydantic's error type to our code; `invalid_value` for the others.
_CODE_OF_TYPE = {
    "extra_forbidden": ProblemCode.UNKNOWN_FIELD,
    "greater_than_equal": ProblemCode.OUT_OF_RANGE,
    "less_than_equal": ProblemCode.OUT_OF_RANGE,
    "finite_number": ProblemCode.NOT_FINITE,
}
#: pydantic speaks of Python's types; these of what a client wrote.
_MESSAGE_OF_TYPE = {
    "bool_type": "Input should be true or false",
    "dict_type": "Input should be an object",
    "missing": "It is missing",
    "too_long": "There may be at most {max_length} entries, not {actual_length}",
    "tuple_type": "Input should be a list",
}
#: Where each type of error keeps what is allowed.
_LIMITS = ("le", "ge", "multiple_of", "max_length", "allowed")


@dataclass(frozen=True)
class Refusal:
    """One wrong value: the problem's code, the value's name in words, and the entry."""

    code: ProblemCode
    name: str
    error: FieldError


def refusal_of(
    error: ErrorDetails,
    texts: Mapping[str, str],
    root: str = "/params",
    *,
    offer: Offer,
) -> Refusal:
    """Return the refusal that one of pydantic's errors means.

    Args:
        error: Of the kind's model.
        texts: What came, by field.
        root: JSON pointer to what was validated.
        offer: What may be asked for; other networks are not named.
    """
    field, *inner = (str(part)[:_LONGEST_ECHO] for part in error["loc"])
    if field == "network" and error["type"] == "enum":
        error = _among(error, offer.networks)
    if field == ENGINE and error["type"] == "literal_error":
        error = _among(error, offer.engines)
    fault, context = error["type"], error.get("ctx", {})
    code = _CODE_OF_TYPE.get(fault, ProblemCode.INVALID_VALUE)
    if isinstance(error["input"], float) and not math.isfinite(error["input"]):
        code = (
            ProblemCode.NOT_FINITE
        )  # where an integer was due, pydantic says so first
    if (field, fault) in offer.kind.refusal_codes:
        code = ProblemCode(offer.kind.refusal_codes[field, fault])
    template = _MESSAGE_OF_TYPE.get(fault)
    message = error["msg"] if template is None else template.format(**context)
    if code is ProblemCode.UNKNOWN_FIELD:
        code, message = no_such_field(field, offer.fields.parameters, offer)
    limit = _limit(fault, context)
    readers = engines_with(offer.kind, field)
    # Known to every engine, it stands in the wrong place.
    is_of_others = 0 < len(readers) < len(offer.kind.engines)
    if fault == "extra_forbidden" and not inner and is_of_others:
        code = ProblemCode.NOT_APPLICABLE
        message = f"{field} is for the engine {' or '.join(readers)} alone"
        limit = [*readers]
    return Refusal(
        code,
        field + "".join(f"[{part}]" for part in inner),
        FieldError(
            field=reduce(pointer_to, [field, *inner], root),
            code=fault,
            message=message,
            limit=limit,
            actual=_actual(error, texts.get(field) if not inner else None),
        ),
    )


def _among(error: ErrorDetails, offered: Iterable[str]) -> ErrorDetails:
    """Return the error of an unknown choice, naming those that are offered alone."""
    expected = " or ".join(f"'{each}'" for each in offered)
    return {
        **error,
        "msg": f"Input should be {expected}",
        "ctx": {"expected": expected},
    }


# Any: pydantic's context holds values of every type.
def _limit(fault: str, context: Mapping[str, Any]) -> JsonValue:
    if fault == "enum":
        expected: str = context["expected"]
        return expected
    return next((context[name] for name in _LIMITS if name in context), None)


def _actual(error: ErrorDetails, text: str | None) -> JsonValue:
    """Return what came as JSON can say it: a number of sane size or a short text."""
    if "actual" in (context := error.get("ctx", {})):
        # An error of the kind's own says which part of the value it means.
        part: JsonValue = context["actual"]
        return part
    value = error["input"]
    if isinstance(value, int | float):
        sane = math.isfinite(value) and abs(value) <= _LARGEST_ECHO
        return value if sane else (text or str(value))[:_LONGEST_ECHO]
    if text is None:
        return value[:_LONGEST_ECHO] if isinstance(value, str) else None
    return text[:_LONGEST_ECHO]


def no_such_field(
    name: str, known: Collection[str], offer: Offer | None = None
) -> tuple[ProblemCode, str]:
    """Return the problem of an unknown field: whose it is, or which one was meant."""
    owner = None if offer is None else offer.owner_of(name)
    if offer is not None and owner is not None:
        words = f"{name} is for jobs of kind {owner}; this one is of {offer.kind.name}"
        return ProblemCode.NOT_APPLICABLE, words
    nearest = nearest_field(name, known)
    hint = f"; was {nearest} meant?" if nearest else ""
    words = f"There is no field {name[:_LONGEST_ECHO]!r}{hint}"
    return ProblemCode.UNKNOWN_FIELD, words


def require_known(
    names: Iterable[str],
    known: Collection[str],
    offer: Offer | None = None,
    pointer: str = "",
) -> None:
    """Refuse names that are not known, of a form's fields or an object's members."""
    for name in names:
        if name not in known:
            code, detail = no_such_field(name, known, offer)
            raise refuse(pointer_to(pointer, name), sentence(detail), code)


def sentence(text: str) -> str:
    """Return a message with a full stop, unless it is a question."""
    return text if text.endswith("?") else f"{text}."
