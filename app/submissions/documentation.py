"""What the OpenAPI document says of the bodies of submissions, of both media types.

They are made from the slots and parameters of the kinds that are offered.
"""

import json
from collections.abc import Callable

from app.contract.batches import MAX_BATCH_JOBS
from app.contract.jobs import DEFAULT_TTL_S, MAX_TTL_S, MIN_TTL_S
from app.contract.kind import AnyKind, Kinds
from app.contract.priorities import Priority
from app.contract.slots import Slot
from app.contract.webhooks import DEFAULT_WEBHOOK_EVENTS, WebhookEvent
from app.http.bodies import json_bodies, multipart
from app.problems import ProblemCode as Code
from app.submissions.fields import (
    KIND,
    NULL,
    PARAMS,
    Fields,
    Schema,
    fields_of,
    parameter_schemas,
    schema_of,
    without_null,
)
from app.submissions.sources import DATA, STYLE_ID, URL, fields_of_form

PICTURE_PROBLEMS = (
    Code.UNSUPPORTED_IMAGE_TYPE,
    Code.IMAGE_EMPTY,
    Code.IMAGE_UNREADABLE,
    Code.IMAGE_TOO_MANY_PIXELS,
    Code.IMAGE_TOO_SMALL,
    Code.IMAGE_BAD_ASPECT,
    Code.IMAGE_ANIMATED,
    Code.STYLE_NOT_FOUND,
    Code.URL_INPUT_DISABLED,
    Code.URL_FORBIDDEN,
    Code.URL_FETCH_FAILED,
)
PARAMETER_PROBLEMS = (
    Code.UNKNOWN_KIND,
    Code.NOT_APPLICABLE,
    Code.UNKNOWN_FIELD,
    Code.DUPLICATE_FIELD,
    Code.INVALID_VALUE,
    Code.OUT_OF_RANGE,
    Code.NOT_FINITE,
    Code.UNKNOWN_PRESET,
    Code.UNKNOWN_LAYER,
    Code.STYLE_WEIGHTS_MISMATCH,
    Code.WEBHOOK_URL_FORBIDDEN,
    Code.EXCEEDS_MEMORY,
)
BODY_PROBLEMS = (
    Code.MALFORMED_BODY,
    Code.UPLOAD_TOO_SLOW,
    Code.LENGTH_REQUIRED,
    Code.UPLOAD_TOO_LARGE,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.TOO_MANY_UPLOADS,
)
PLACING_PROBLEMS = (
    Code.IDEMPOTENCY_IN_PROGRESS,
    Code.IDEMPOTENCY_KEY_REUSED,
    Code.TOO_MANY_ACTIVE_JOBS,
    Code.QUEUE_FULL,
    Code.BROKER_UNAVAILABLE,
    Code.STORAGE_UNAVAILABLE,
    Code.STORAGE_FULL,
)

FILE: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
_SOURCES: Schema = {
    DATA: {
        "type": "string",
        "description": "The file in base64 (RFC 4648, 4), or a data URL.",
    },
    URL: {
        "type": "string",
        "description": "Where the file is; off unless the operator allows it.",
    },
    STYLE_ID: {"type": "string", "description": "A painting of the library."},
}
_WEBHOOK: Schema = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "description": "Whom to tell; messages are signed (Standard Webhooks).",
    "properties": {
        "url": {"type": "string", "maxLength": 2048, "examples": ["https://…"]},
        "secret": {
            "type": "string",
            "description": "whsec_ and base64; the service's own if left out.",
        },
        "events": {
            "type": "array",
            "items": {"type": "string", "enum": [str(each) for each in WebhookEvent]},
            "minItems": 1,
            "default": [str(each) for each in DEFAULT_WEBHOOK_EVENTS],
        },
    },
    "examples": [{"url": "https://example.com/hooks/impasto"}],
}
#: What is said of a job besides kind, files and parameters.
_TERMS: Schema = {
    "metadata": {
        "type": "object",
        "description": "An object of your own, 16 KiB at most; it is given back with "
        "the job.",
        "examples": [{"user": "ada"}],
    },
    "webhook": _WEBHOOK,
    "ttl_seconds": {
        "type": "integer",
        "minimum": MIN_TTL_S,
        "maximum": MAX_TTL_S,
        "default": DEFAULT_TTL_S,
        "description": "Pictures are kept so long after the job has ended.",
    },
    "priority": {
        "type": "string",
        "enum": [str(each) for each in Priority],
        "default": str(Priority.NORMAL),
        "description": "Jobs of higher priority are served before others of the same "
        "key, and count less in its share of the workers. An API key needs the scope "
        "jobs:high to say high.",
    },
}


def request_bodies(kinds: Kinds) -> dict[str, Schema]:
    """Return the bodies of the operations that make jobs, by the operations' ids."""
    return {
        "submit_job": _body(kinds, "submit_job", is_batch=False),
        "submit_batch": _body(kinds, "submit_batch", is_batch=True),
        "retry_job": {
            "required": False,
            "content": {
                json_bodies.MEDIA_TYPE: {
                    "schema": _retry(kinds),
                    "examples": _examples(kinds, "retry_job"),
                }
            },
        },
    }


def _body(kinds: Kinds, operation: str, *, is_batch: bool) -> Schema:
    def of_each(make: Callable[[AnyKind, Fields], Schema], name: str) -> Schema:
        schemas = {
            f"{kind.name.capitalize()}{name}": {
                **make(kind, fields_of(kind, is_batch=is_batch)),
                "additionalProperties": False,
            }
            for kind in kinds
        }
        # What the schemas of parameters refer to.
        definitions: Schema = {}
        for kind in kinds:
            definitions |= schema_of(kind).get("$defs", {})
        return _one_of(kinds, schemas, definitions)

    what = "Batch" if is_batch else "Job"
    return {
        "required": True,
        "content": {
            multipart.MEDIA_TYPE: {"schema": of_each(_form, f"{what}Form")},
            json_bodies.MEDIA_TYPE: {
                "schema": of_each(_document, what),
                "examples": _examples(kinds, operation),
            },
        },
    }


def _one_of(kinds: Kinds, schemas: Schema, definitions: Schema) -> Schema:
    """Return the one schema, or the choice of them by `kind`."""
    for kind, schema in zip(kinds, schemas.values(), strict=True):
        schema["properties"] = {KIND: _kind(kinds, kind), **schema["properties"]}
        if kind is not kinds.default:
            schema["required"] = [KIND, *schema["required"]]
    if len(schemas) == 1:
        (schema,) = schemas.values()
        return {**schema, "$defs": definitions}
    references = {n: f"#/components/schemas/{n}" for n in schemas}
    mapping = dict(zip((k.name for k in kinds), references.values(), strict=True))
    return {
        "oneOf": [{"$ref": each} for each in references.values()],
        "discriminator": {"propertyName": KIND, "mapping": mapping},
        "$defs": {**definitions, **schemas},
    }


def _kind(kinds: Kinds, kind: AnyKind) -> Schema:
    default = {"default": kind.name} if kind is kinds.default else {}
    description = "What kind of job it is."
    return {
        "type": "string",
        "enum": [kind.name],
        **default,
        "description": description,
    }


def _form(kind: AnyKind, fields: Fields) -> Schema:
    parameters = {
        name: _as_json_text(schema) if name in fields.json_texts else schema
        for name, schema in parameter_schemas(kind).items()
    }
    singles = {
        single: parameters[name]["contentSchema"]
        | {
            "description": f"The k-th value of {name}; repeat the field. {name} says "
            "the same in one text."
        }
        for name, single in fields.singles.items()
    }
    texts = {"metadata": _as_json_text, "webhook": _as_json_text}
    terms = {n: texts.get(n, dict)(schema) for n, schema in _TERMS.items()}
    schema: Schema = {"type": "object", "required": [], "properties": {}}
    for slot in fields.slots:
        schema["properties"] |= _form_files(slot)
        names = [*fields_of_form(slot)]
        if slot.least and len(names) > 1:
            schema["anyOf"] = [{"required": [name]} for name in names]
        elif slot.least:
            schema["required"] += names
    schema["properties"] |= {**parameters, **singles, **terms}
    return schema


def _form_files(slot: Slot) -> Schema:
    """Return the fields of a slot's files, and of what may take their place."""
    if not slot.plural:
        return {slot.name: FILE | {"description": slot.description}}
    least = 0 if slot.library_field else slot.least
    bounds = {"minItems": least, "maxItems": _most(slot)}
    files = {"type": "array", "items": FILE, **bounds}
    fields = {slot.name: files | {"description": f"{_words(slot)} Repeat the field."}}
    if slot.library_field:
        fields[slot.library_field] = {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": _most(slot),
            "description": f"Paintings of the library, in the place of files "
            f"`{slot.name}`; they count in the order in which they and the files come.",
            "examples": [["starry_night"]],
        }
    return fields


def _document(kind: AnyKind, fields: Fields) -> Schema:
    files = {slot.member: _json_files(slot) for slot in fields.slots}
    return {
        "type": "object",
        "required": [slot.member for slot in fields.slots if slot.least],
        "properties": {**files, PARAMS: _parameters(kind), **_TERMS},
    }


def _json_files(slot: Slot) -> Schema:
    forms = [
        {
            "type": "object",
            "required": [name],
            "additionalProperties": False,
            "properties": {name: schema},
        }
        for name, schema in _SOURCES.items()
        if slot.from_library or name != STYLE_ID
    ]
    file: Schema = {"oneOf": forms}
    if slot.plural:
        items = file if slot.each_of is None else {"anyOf": [file, NULL]}
        bounds = {"minItems": slot.least} if slot.least else {}
        file = {"type": "array", "items": items, **bounds, "maxItems": _most(slot)}
    return file | {"description": _words(slot)}


def _most(slot: Slot) -> int:
    return min(slot.most, MAX_BATCH_JOBS)


def _words(slot: Slot) -> str:
    return slot.description or f"Any {slot.noun}."


def _parameters(kind: AnyKind) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": parameter_schemas(kind),
    }


def _retry(kinds: Kinds) -> Schema:
    choices = [_parameters(kind) for kind in kinds]
    for each in choices:
        # null brings back the default.
        each["properties"] = {
            name: {"anyOf": [schema, NULL]}
            for name, schema in each["properties"].items()
        }
    params = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {PARAMS: params, **_TERMS},
    }


def _examples(kinds: Kinds, operation: str) -> Schema:
    return {
        each.name: {"summary": each.summary, "value": each.value}
        for kind in kinds
        for each in kind.examples
        if each.operation == operation
    }


def _as_json_text(schema: Schema) -> Schema:
    """Return the schema of a form's text that holds JSON; null is left out there."""
    inner, *_ = without_null(schema)
    told = ("description", "examples")
    text = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {n: value for n, value in inner.items() if n not in told},
        "description": f"JSON text. {schema.get('description', '')}".strip(),
    }
    examples = [json.dumps(each) for each in schema.get("examples", ())]
    return {**text, "examples": examples} if examples else text
