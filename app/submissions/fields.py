"""The names of a submission's fields, in a form and in JSON; how often they come."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

from app.contract.kind import AnyKind

#: A painting of the library, in the place of a file `style`.
STYLE_ID = "style_id"
#: In a form the k-th of these is the weight of the k-th painting; a job's parameters
#: call them together `style_weights`, which a form may send as one JSON text.
STYLE_WEIGHT = "style_weight"
STYLE_WEIGHTS = "style_weights"
METADATA = "metadata"
WEBHOOK = "webhook"
TTL_SECONDS = "ttl_seconds"
PRIORITY = "priority"

#: What a submission says besides files and parameters.
TERMS = (METADATA, WEBHOOK, TTL_SECONDS, PRIORITY)


@dataclass(frozen=True)
class Fields:
    """The names of what may be submitted for a job of one kind.

    Attributes:
        parameters: in the order of the kind's model.
        json_texts: parameters whose text in a form is JSON.
        switches: parameters whose text is `true` or `false`.
        known: every field of a form.
        repeated: those that may come more than once.
        members: of a job in JSON.
        optional_texts: those of a form that count as left out if nothing is in them.
    """

    parameters: tuple[str, ...]
    json_texts: frozenset[str]
    switches: frozenset[str]
    known: tuple[str, ...]
    repeated: frozenset[str]
    members: tuple[str, ...]
    optional_texts: frozenset[str]


def fields_of(kind: AnyKind) -> Fields:
    """Return the fields that a kind's slots and parameters make."""
    parameters = tuple(kind.sent.model_fields)
    model: type[BaseModel] = kind.sent
    types = _types_of(model)
    numbered = (slot.name for slot in kind.slots if slot.plural is not None)
    files = (slot.name for slot in kind.slots)
    return Fields(
        parameters=parameters,
        json_texts=frozenset(n for n in parameters if types[n] & {"array", "object"}),
        switches=frozenset(n for n in parameters if "boolean" in types[n]),
        known=(*files, STYLE_ID, STYLE_WEIGHT, *TERMS, *parameters),
        repeated=frozenset({*numbered, STYLE_ID, STYLE_WEIGHT}),
        members=(*(slot.member for slot in kind.slots), "params", *TERMS),
        optional_texts=frozenset({*TERMS, *parameters}),
    )


@cache  # a schema takes milliseconds, and each submission asks
def _types_of(model: type[BaseModel]) -> dict[str, set[str]]:
    """Return the types that each member may be of; a reference is no such type."""
    schema = model.model_json_schema()
    return {
        name: {each["type"] for each in member.get("anyOf", [member]) if "type" in each}
        for name, member in schema["properties"].items()
    }


def nearest_field(name: str, known: Collection[str]) -> str | None:
    """Return the known field that was probably meant."""
    return next(iter(difflib.get_close_matches(name[:100], known, 1)), None)
