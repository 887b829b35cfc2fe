"""JSON Schemas of what a submission in JSON holds."""

from typing import Any

from app.contract.jobs import DEFAULT_TTL_S, MAX_TTL_S, MIN_TTL_S
from app.contract.kind import AnyKind
from app.contract.priorities import Priority
from app.contract.webhooks import DEFAULT_WEBHOOK_EVENTS, WebhookEvent
from app.submissions.fields import STYLE_ID

# Any: JSON Schema has no type of its own.
Schema = dict[str, Any]

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
}


def json_parameters(kind: AnyKind) -> Schema:
    """Return the schema of a kind's parameters in JSON."""
    schema = kind.sent.model_json_schema(ref_template="#/components/schemas/{model}")
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": schema["properties"],
    }


def json_terms() -> Schema:
    """Return what JSON says of a job besides pictures and parameters."""
    return {
        "metadata": {
            "type": "object",
            "description": "An object of your own, 16 KiB at most; it is given back "
            "with the job.",
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
            "description": "Jobs of higher priority are served before others of the "
            "same key, and count less in its share of the workers. An API key needs "
            "the scope jobs:high to say high.",
        },
    }


def pictures(most: int, description: str) -> Schema:
    """Return the schema of a list of pictures in JSON."""
    return {
        "type": "array",
        "items": picture(),
        "minItems": 1,
        "maxItems": most,
        "description": description,
    }


def picture(*, is_mask: bool = False) -> Schema:
    """Return the schema of a picture in JSON."""
    sources = {
        "data": {
            "type": "string",
            "description": "The file in base64 (RFC 4648, 4), or a data URL.",
        },
        "url": {
            "type": "string",
            "description": "Where the file is; off unless the operator allows it.",
        },
        STYLE_ID: {"type": "string", "description": "A painting of the library."},
    }
    if is_mask:
        del sources[STYLE_ID]
    return {
        "oneOf": [
            {
                "type": "object",
                "required": [name],
                "additionalProperties": False,
                "properties": {name: schema},
            }
            for name, schema in sources.items()
        ]
    }
