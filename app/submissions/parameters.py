"""Reads parameters: texts of a form or JSON in, the contract's model or a problem out.

A form is rewritten as JSON; both are judged by the contract's own model in strict mode,
so that every bound stands in one place.
"""

import json
import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, JsonValue, ValidationError

from app.contract.engines import sent_model
from app.problems import FieldError, ProblemCode, ProblemError, refuse
from app.submissions.fields import Fields
from app.submissions.json_texts import JsonTextError, read_json
from app.submissions.offers import Offer
from app.submissions.refusals import MAX_ERRORS, Refusal, refusal_of, sentence

_JSON_NUMBER = re.compile(
    r"-?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,4})?"
)
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}


def read_parameters(
    fields: Mapping[str, str],
    lists: Mapping[str, Sequence[str]] | None = None,
    *,
    offer: Offer,
) -> BaseModel:
    """Return what the form asks for.

    Args:
        fields: the text of each parameter that was sent.
        lists: the texts of repeated fields, by the parameter that they make.
        offer: what may be asked for.

    Raises:
        ProblemError: With one entry in `errors` for each wrong field.
    """
    members: dict[str, str] = {}
    refusals: list[Refusal] = []
    for name, text in fields.items():
        try:
            members[name] = _member(name, text, offer.fields)
        except JsonTextError as error:
            refusals.append(_no_json(name, text, error))
    for name, values in (lists or {}).items():
        members[name] = f"[{','.join(map(_as_json, values))}]"
    document = ",".join(f"{json.dumps(name)}:{text}" for name, text in members.items())
    return _validated(f"{{{document}}}", fields, refusals, offer)


def parameters_of(value: JsonValue, offer: Offer) -> BaseModel:
    """Return what a JSON object asks for.

    Raises:
        ProblemError: It is no object, or with one entry in `errors` for each wrong
            member.
    """
    if not isinstance(value, dict):
        raise refuse("/params", "params must be an object.")
    return _validated(json.dumps(value), {}, [], offer)


def _validated(
    document: str,
    texts: Mapping[str, str],
    refusals: list[Refusal],
    offer: Offer,
) -> BaseModel:
    """Return the parameters, unless they or what was found before are wrong."""
    params: BaseModel
    kind = offer.kind
    model = sent_model(kind.engines, json.loads(document), kind.sent)
    try:
        params = model.model_validate_json(document, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False)
        refusals += [refusal_of(each, texts, offer=offer) for each in found]
    if refusals:
        raise _problem(refusals)
    return params


def _member(name: str, text: str, fields: Fields) -> str:
    """Return a field's text as the JSON that it stands for."""
    if name in fields.json_texts:
        return json.dumps(read_json(text), ensure_ascii=False)
    if name in fields.switches and text in {"true", "false"}:
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
    detail = " ".join(sentence(f"{each.name}: {each.error.message}") for each in told)
    return ProblemError(told[0].code, detail, [each.error for each in told])


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
