"""Reads the parameters of a form: text in, the contract's model or a problem out.

The form is rewritten as JSON and judged by the contract's own model in strict mode, so
that every bound stands in one place and JSON bodies will be judged alike.
"""

import json
import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue, ValidationError

from app.contract.parameters import StyleTransferParameters
from app.jobs.fields import JSON_FIELDS, STYLE_WEIGHTS, SWITCHES
from app.jobs.json_texts import JsonTextError, read_json
from app.jobs.refusals import MAX_ERRORS, Refusal, refusal_of
from app.problems import FieldError, ProblemCode, ProblemError

_JSON_NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,4})?"
)
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}


def read_parameters(
    fields: Mapping[str, str], style_weights: Sequence[str] = ()
) -> StyleTransferParameters:
    """Return what the form asks for.

    Args:
        fields: the text of each parameter that was sent.
        style_weights: the texts of the repeated field.

    Raises:
        ProblemError: With one entry in `errors` for each wrong field.
    """
    members: dict[str, str] = {}
    refusals: list[Refusal] = []
    for name, text in fields.items():
        try:
            members[name] = _member(name, text)
        except JsonTextError as error:
            refusals.append(_no_json(name, text, error))
    if style_weights:
        members[STYLE_WEIGHTS] = f"[{','.join(map(_as_json, style_weights))}]"
    document = ",".join(f"{json.dumps(name)}:{text}" for name, text in members.items())
    try:
        params = StyleTransferParameters.model_validate_json(
            f"{{{document}}}", strict=True
        )
    except ValidationError as error:
        found = error.errors(include_url=False)
        refusals += [refusal_of(each, fields) for each in found]
    if refusals:
        raise _problem(refusals)
    return params


def read_metadata(text: str) -> dict[str, JsonValue]:
    """Return a client's own notes on a job, a JSON object.

    Raises:
        ProblemError: It is no JSON object, has a name twice, is nested too deep, or
            holds a number that JSON cannot write back.
    """
    try:
        metadata = read_json(text)
        json.dumps(metadata, allow_nan=False)
    except JsonTextError as error:
        raise _bad_metadata(str(error)) from error
    except ValueError as error:
        raise _bad_metadata("holds a number that is not finite") from error
    if not isinstance(metadata, dict):
        raise _bad_metadata("must be the text of a JSON object")
    return metadata


def _member(name: str, text: str) -> str:
    """Return a field's text as the JSON that it stands for."""
    if name in JSON_FIELDS:
        return json.dumps(read_json(text), ensure_ascii=False)
    if name in SWITCHES and text in {"true", "false"}:
        return text
    return _as_json(text)


def _as_json(text: str) -> str:
    """Return a number as a JSON number, anything else as a JSON string."""
    if _JSON_NUMBER.fullmatch(text):
        return text
    sign, word = ("-", text[1:]) if text.startswith("-") else ("", text.lstrip("+"))
    if word.lower() in _NOT_FINITE:
        return sign * (word.lower() != "nan") + _NOT_FINITE[word.lower()]
    return json.dumps(text)


def _problem(refusals: Sequence[Refusal]) -> ProblemError:
    told = refusals[:MAX_ERRORS]
    detail = " ".join(map(_sentence, told))
    return ProblemError(told[0].code, detail, [each.error for each in told])


def _sentence(refusal: Refusal) -> str:
    message = refusal.error.message
    return f"{refusal.name}: {message}{'' if message.endswith('?') else '.'}"


def _no_json(name: str, text: str, error: JsonTextError) -> Refusal:
    return Refusal(
        ProblemCode.INVALID_VALUE,
        name,
        FieldError(
            field=f"/params/{name}",
            code="invalid_json",
            message=f"The text {error}",
            actual=text[:100],
        ),
    )


def _bad_metadata(what: str) -> ProblemError:
    error = FieldError(field="/metadata", code="invalid_json", message=f"It {what}")
    return ProblemError(ProblemCode.INVALID_VALUE, f"metadata {what}.", [error])
