"""The schemas of submissions' bodies, made from the slots and parameters of kinds."""

import json
from collections.abc import Callable
from typing import Literal

from app.contract.batches import MAX_BATCH_JOBS
from app.contract.jobs import DEFAULT_TTL_S, MAX_TTL_S, MIN_TTL_S
from app.contract.kind import AnyKind, Kinds
from app.contract.messages.webhooks import Webhook
from app.contract.priorities import Priority
from app.contract.slots import Slot
from app.http.bodies import json_bodies, multipart
from app.http.openapi.parts import FILE
from app.submissions.fields import (
    KIND,
    NULL,
    PARAMS,
    Fields,
    Schema,
    fields_of,
    members_of,
    models_of,
    parameters_of_kind,
    schema_of,
    without_null,
)
from app.submissions.files.sources import DATA, STYLE_ID, UPLOAD, URL, fields_of_form

Operation = Literal["submit_job", "submit_batch", "retry_job", "branch_job"]

_KIND = "What kind of job it is."
_SOURCES: Schema = {
    DATA: {
        "type": "string",
        "description": "The file in base64 (RFC 4648, 4), or a data URL.",
    },
    URL: {
        "type": "string",
        "description": "Where the file is; off unless the operator allows it.",
    },
    UPLOAD: {
        "type": "string",
        "description": "The id of a file that came before, by `POST /v1/uploads`.",
    },
    STYLE_ID: {"type": "string", "description": "A painting of the library."},
}


def request_bodies(kinds: Kinds) -> dict[str, Schema]:
    """Return the bodies of the operations that make jobs, by the operations' ids."""
    return {
        "submit_job": _both(kinds, "submit_job", "Job"),
        "submit_batch": _both(kinds, "submit_batch", "Batch"),
        "retry_job": {
            "required": False,
            "content": _json_content(kinds, "retry_job", _retry(kinds)),
        },
        "branch_job": {
            "required": False,
            "content": _json_content(kinds, "branch_job", _branch()),
        },
    }


def _both(kinds: Kinds, operation: Operation, name: str) -> Schema:
    is_batch = operation == "submit_batch"
    form = _choice(kinds, f"{name}Form", _form, is_batch=is_batch)
    document = _choice(kinds, name, _document, is_batch=is_batch)
    content = {
        multipart.MEDIA_TYPE: {"schema": form},
        **_json_content(kinds, operation, document),
    }
    return {"required": True, "content": content}


def _json_content(kinds: Kinds, operation: Operation, schema: Schema) -> Schema:
    examples = {
        each.name: {"summary": each.summary, "value": each.value}
        for kind in kinds
        for each in kind.examples
        if each.operation == operation
    }
    return {json_bodies.MEDIA_TYPE: {"schema": schema, "examples": examples}}


def _choice(
    kinds: Kinds,
    name: str,
    make: Callable[[AnyKind, Fields], Schema],
    *,
    is_batch: bool,
) -> Schema:
    """Return the schema of the one kind, or a choice of schemas by `kind`."""
    schemas: Schema = {}
    definitions: Schema = {}
    mapping = {}
    for kind in kinds:
        if is_batch and not kind.batches:
            continue
        made = make(kind, fields_of(kind, is_batch=is_batch))
        said = {"type": "string", "enum": [kind.name], "description": _KIND}
        if kind is kinds.default:
            said["default"] = kind.name
        else:
            made["required"].insert(0, KIND)
        made["properties"] = {KIND: said, **made["properties"]}
        schemas[f"{kind.name.capitalize()}{name}"] = made
        mapping[kind.name] = f"#/components/schemas/{kind.name.capitalize()}{name}"
        for model in models_of(kind):
            definitions |= schema_of(model).get("$defs", {})
    if len(schemas) == 1:
        (schema,) = schemas.values()
        return {**schema, "$defs": definitions}
    return {
        "oneOf": [{"$ref": each} for each in mapping.values()],
        "discriminator": {"propertyName": KIND, "mapping": mapping},
        "$defs": {**definitions, **schemas},
    }


def _form(kind: AnyKind, fields: Fields) -> Schema:
    properties: Schema = {}
    for slot in fields.slots:
        properties |= _form_files(slot)
    for name, schema in parameters_of_kind(kind).items():
        is_text = name in fields.json_texts
        properties[name] = _as_json_text(schema) if is_text else schema
    for name, single in fields.singles.items():
        properties[single] = properties[name]["contentSchema"] | {
            "description": f"The k-th value of {name}; repeat the field. {name} says "
            "the same in one text."
        }
    for name, schema in _terms().items():
        is_text = schema["type"] == "object"
        properties[name] = _as_json_text(schema) if is_text else schema
    schema = _object(properties)
    schema["allOf"] = [
        {"anyOf": [{"required": [name]} for name in fields_of_form(slot)]}
        for slot in fields.slots
        if slot.least
    ]
    return schema


def _form_files(slot: Slot) -> Schema:
    """Return the fields of a slot's files, and of what may take their place."""
    told = {
        DATA: FILE | {"description": _words(slot)},
        UPLOAD: _SOURCES[UPLOAD],
        STYLE_ID: _SOURCES[STYLE_ID] | {"examples": ["starry_night"]},
    }
    fields = {name: told[member] for name, member in fields_of_form(slot).items()}
    if slot.plural is None:
        return fields
    return {
        name: {
            "type": "array",
            "items": schema,
            "maxItems": min(slot.most, MAX_BATCH_JOBS),
            "description": "Repeat the field; files, and what takes their place, count "
            "in the order in which they come.",
        }
        for name, schema in fields.items()
    }


def _document(kind: AnyKind, fields: Fields) -> Schema:
    files = {slot.member: _json_files(slot) for slot in fields.slots}
    required = [slot.member for slot in fields.slots if slot.least]
    params = _object(parameters_of_kind(kind))
    return _object({**files, PARAMS: params, **_terms()}, required)


def _json_files(slot: Slot) -> Schema:
    forms = [
        _object({name: schema}, [name])
        for name, schema in _SOURCES.items()
        if slot.from_library or name != STYLE_ID
    ]
    file: Schema = {"oneOf": forms}
    if slot.plural:
        items = file if slot.each_of is None else {"anyOf": [file, NULL]}
        most = min(slot.most, MAX_BATCH_JOBS)
        file = {"type": "array", "items": items, "maxItems": most}
        file |= {"minItems": slot.least} if slot.least else {}
    return file | {"description": _words(slot)}


def _retry(kinds: Kinds) -> Schema:
    """Return the schema of what shall be other; null brings back the default."""
    choices = [
        _object({n: {"anyOf": [s, NULL]} for n, s in parameters_of_kind(kind).items()})
        for kind in kinds
    ]
    params = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return _object({PARAMS: params, **_terms()})


def _branch() -> Schema:
    """Return the schema of what shall be other from a state on."""
    steps = {"type": "integer", "minimum": 1, "description": "So many further ones."}
    params = {
        "type": "object",
        "properties": {"steps": steps},
        "description": "What a running job of the kind may change, and `steps`.",
        "examples": [{"style_strength": 0.8, "steps": 100}],
    }
    at = {
        "anyOf": [{"type": "integer"}, {"type": "string", "enum": ["newest"]}],
        "default": "newest",
        "description": "Which of the job's `states`: the newest, or its step.",
    }
    return _object({PARAMS: params, "at": at, **_terms()})


def _terms() -> Schema:
    """Return what is said of a job besides kind, files and parameters."""
    return {
        "metadata": {
            "type": "object",
            "description": "An object of your own, 16 KiB at most; it is given back "
            "with the job.",
            "examples": [{"user": "ada"}],
        },
        "webhook": {
            "type": "object",
            "required": ["url"],
            "additionalProperties": False,
            "properties": members_of(Webhook),
            "description": "Whom to tell; messages are signed (Standard Webhooks).",
            "examples": [{"url": "https://example.com/hooks/impasto"}],
        },
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
            "description": "Jobs of higher priority are served before others of the "
            "same key, and count less in its share of the workers. An API key needs "
            "the scope jobs:high to say high.",
        },
    }


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "required": required or [],
        "additionalProperties": False,
        "properties": properties,
    }


def _words(slot: Slot) -> str:
    return slot.description or f"Any {slot.noun}."


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
