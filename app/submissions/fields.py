"""The names of a submission's fields, in a form and in JSON; how often they come."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from app.contract.kind import AnyKind
from app.contract.slots import Slot, sent_slots
from app.submissions.files.sources import fields_of_form

# Any: JSON Schema has no type of its own.
Schema = dict[str, Any]
NULL: Schema = {"type": "null"}

KIND = "kind"
PARAMS = "params"
METADATA = "metadata"
WEBHOOK = "webhook"
TTL_SECONDS = "ttl_seconds"
PRIORITY = "priority"

#: What a submission says besides its kind, files and parameters.
TERMS = (METADATA, WEBHOOK, TTL_SECONDS, PRIORITY)


@dataclass(frozen=True)
class Fields:
    """The names of what may be submitted for a job of one kind.

    Attributes:
        slots: what it is made from.
        parameters: in the order of the kind's model.
        json_texts: parameters whose text in a form is JSON.
        switches: parameters whose text is `true` or `false`.
        singles: a form's repeated field, by the parameter that lists its values.
        known: every field of a form.
        repeated: those that may come more than once.
        members: of a job in JSON.
        optional_texts: those of a form that count as left out if nothing is in them.
    """

    slots: tuple[Slot, ...]
    parameters: tuple[str, ...]
    json_texts: frozenset[str]
    switches: frozenset[str]
    singles: Mapping[str, str]
    known: tuple[str, ...]
    repeated: frozenset[str]
    members: tuple[str, ...]
    optional_texts: frozenset[str]


def fields_of(kind: AnyKind, *, is_batch: bool = False) -> Fields:
    """Return the fields that a kind's slots and parameters make.

    A batch takes any number of what a job must have, and nothing else.
    """
    slots = sent_slots(kind.slots)
    if is_batch:
        slots = tuple(slot.listed for slot in slots if slot.least)
    schemas = parameters_of_kind(kind)
    singles = {} if is_batch else _singles(schemas)
    types = {name: _types(schema) for name, schema in schemas.items()}
    files = [name for slot in slots for name in fields_of_form(slot)]
    numbered = [n for slot in slots if slot.plural for n in fields_of_form(slot)]
    return Fields(
        slots=slots,
        parameters=tuple(schemas),
        json_texts=frozenset(n for n in schemas if types[n] & {"array", "object"}),
        switches=frozenset(n for n in schemas if "boolean" in types[n]),
        singles=singles,
        known=(KIND, *files, *singles.values(), *TERMS, *schemas),
        repeated=frozenset({*numbered, *singles.values()}),
        members=(KIND, *(slot.member for slot in slots), PARAMS, *TERMS),
        optional_texts=frozenset({KIND, *TERMS, *schemas}),
    )


def models_of(kind: AnyKind) -> list[type[BaseModel]]:
    """Return the models of what may be sent, that of the default engine first."""
    return [*kind.engines.values()] or [kind.sent]


def parameters_of_kind(kind: AnyKind) -> dict[str, Schema]:
    """Return the schemas of all engines' parameters, by name.

    What differs between two engines is a choice of both; which goes with which engine
    is judged by its model alone.
    """
    first, *others = (members_of(model) for model in models_of(kind))
    for schemas in others:
        for name, schema in schemas.items():
            if _shape(first.setdefault(name, schema)) != _shape(schema):
                first[name] = _either(first[name], schema)
    return first


def engines_with(kind: AnyKind, parameter: str) -> list[str]:
    """Return the engines that read a parameter."""
    models = kind.engines.items()
    return [name for name, model in models if parameter in model.model_fields]


def members_of(model: type[BaseModel]) -> dict[str, Schema]:
    """Return the schemas of a model's members, by name."""
    # That null is a default goes without saying.
    return {
        name: {key: value for key, value in schema.items() if value is not None}
        for name, schema in schema_of(model)["properties"].items()
    }


def schema_of(model: type[BaseModel]) -> Schema:
    """Return the schema of a model; whoever changes it copies it."""
    return _schema_of(model)


@cache  # it takes milliseconds, and each submission asks
def _schema_of(model: type[BaseModel]) -> Schema:
    return model.model_json_schema(ref_template="#/components/schemas/{model}")


def without_null(schema: Schema) -> list[Schema]:
    """Return what a parameter may be besides null, which no form can say."""
    return [each for each in schema.get("anyOf", [schema]) if each != NULL]


def nearest_field(name: str, known: Collection[str]) -> str | None:
    """Return the known field that was probably meant."""
    return next(iter(difflib.get_close_matches(name[:100], known, 1)), None)


def _shape(schema: Schema) -> Schema:
    """Return what a value may be; words and defaults set aside."""
    told = ("default", "description", "title", "examples")
    return {name: value for name, value in schema.items() if name not in told}


def _either(one: Schema, other: Schema) -> Schema:
    told = {name: each for name, each in one.items() if name not in _shape(one)}
    return {**told, "anyOf": [_shape(one), _shape(other)]}


def _types(schema: Schema) -> set[str]:
    """Return the types that a parameter may be of; a reference is no such type."""
    return {each["type"] for each in without_null(schema) if "type" in each}


def _singles(schemas: Mapping[str, Schema]) -> dict[str, str]:
    """Return the name of one, for each parameter that lists numbers: `weights`."""
    return {
        name: name.removesuffix("s")
        for name, schema in schemas.items()
        for each in without_null(schema)
        if name.endswith("s") and each.get("items", {}).get("type") == "number"
    }
