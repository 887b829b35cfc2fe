"""Reads the parameters of a form: text in, the contract's model or a problem out.

The form is rewritten as JSON and judged by the contract's own model in strict mode, so
that every bound stands in one place and JSON bodies will be judged alike.
"""

import difflib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError

from app.contract.parameters import StyleTransferParameters
from app.problems import FieldError, ProblemCode, ProblemError

#: The fields of a submission that are no parameters.
OTHER_FIELDS = ("content", "style", "metadata")
PARAMETER_FIELDS = tuple(StyleTransferParameters.model_fields)
KNOWN_FIELDS = (*OTHER_FIELDS, *PARAMETER_FIELDS)

MAX_METADATA_DEPTH = 8

_JSON_NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,4})?"
)
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}
_METADATA: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])

#: pydantic's error type to our code; `invalid_value` for the others.
_CODE_OF_TYPE = {
    "greater_than_equal": ProblemCode.OUT_OF_RANGE,
    "less_than_equal": ProblemCode.OUT_OF_RANGE,
    "finite_number": ProblemCode.NOT_FINITE,
}


def read_parameters(fields: Mapping[str, str]) -> StyleTransferParameters:
    """Return what the form asks for.

    Raises:
        ProblemError: With one entry in `errors` for each wrong field.
    """
    members = (f"{json.dumps(name)}:{_as_json(fields[name])}" for name in fields)
    try:
        return StyleTransferParameters.model_validate_json(
            f"{{{','.join(members)}}}", strict=True
        )
    except ValidationError as error:
        raise _problem(error, fields) from error


def read_metadata(text: str) -> dict[str, JsonValue]:
    """Return a client's own notes on a job, a JSON object.

    Raises:
        ProblemError: It is no JSON object, is nested too deep, or holds a number
            that JSON cannot write back.
    """
    try:
        metadata = _METADATA.validate_json(text)
        # `allow_nan` refuses what pydantic's parser lets pass.
        json.dumps(metadata, allow_nan=False)
    except ValueError as error:
        raise _bad_metadata("must be the text of a JSON object") from error
    if _depth(metadata) > MAX_METADATA_DEPTH:
        raise _bad_metadata(f"may be nested {MAX_METADATA_DEPTH} deep")
    return metadata


def nearest_field(name: str) -> str | None:
    """Return the known field that was probably meant."""
    return next(iter(difflib.get_close_matches(name, KNOWN_FIELDS, 1)), None)


def _as_json(text: str) -> str:
    """Return a number as a JSON number, anything else as a JSON string."""
    if _JSON_NUMBER.fullmatch(text):
        return text
    sign, word = ("-", text[1:]) if text.startswith("-") else ("", text.lstrip("+"))
    if word.lower() in _NOT_FINITE:
        return sign * (word.lower() != "nan") + _NOT_FINITE[word.lower()]
    return json.dumps(text)


def _problem(error: ValidationError, fields: Mapping[str, str]) -> ProblemError:
    found = [_field_error(each, fields) for each in error.errors(include_url=False)]
    codes, errors = zip(*found, strict=True)
    detail = " ".join(
        f"{each.field.rpartition('/')[2]}: {each.message}." for each in errors
    )
    return ProblemError(codes[0], detail, errors)


# pydantic's error dictionaries hold values of any type in `ctx`.
def _field_error(
    error: Mapping[str, Any], fields: Mapping[str, str]
) -> tuple[ProblemCode, FieldError]:
    name, kind = str(error["loc"][0]), error["type"]
    code = _CODE_OF_TYPE.get(kind, ProblemCode.INVALID_VALUE)
    message, context = error["msg"], error.get("ctx", {})
    limit: JsonValue = context.get("le", context.get("ge"))
    if kind == "enum":
        limit = context["expected"]
        if name == "preset":
            code = ProblemCode.UNKNOWN_PRESET
    return code, FieldError(
        field=f"/params/{name}",
        code=kind,
        message=message,
        limit=limit,
        actual=_echo(fields[name]),
    )


def _echo(text: str) -> JsonValue:
    """Return what came as JSON can say it: a finite number or a short text."""
    if _JSON_NUMBER.fullmatch(text):
        number = float(text)
        if math.isfinite(number):
            return int(text) if text.lstrip("-").isdigit() else number
    return text[:100]


def _bad_metadata(what: str) -> ProblemError:
    error = FieldError(field="/metadata", code="invalid_json", message=f"It {what}")
    return ProblemError(ProblemCode.INVALID_VALUE, f"metadata {what}.", [error])


def _depth(value: JsonValue) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
