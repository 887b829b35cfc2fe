"""What the OpenAPI document says of submissions beyond what the types say."""

from typing import Any

from app.contract.limits import MAX_STYLES
from app.contract.parameters import StyleTransferParameters
from app.contract.views import ValidationView
from app.http.multipart import MEDIA_TYPE
from app.http.openapi import Responses, problem_responses
from app.jobs.fields import JSON_FIELDS, STYLE_WEIGHT, STYLE_WEIGHTS
from app.jobs.responses import ETAG, RETRY_AFTER
from app.problems import ProblemCode as Code

_LOCATION = {
    "description": "Where the job is.",
    "schema": {"type": "string", "format": "uri"},
}
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}

_PICTURE_PROBLEMS = (
    Code.UNSUPPORTED_IMAGE_TYPE,
    Code.IMAGE_EMPTY,
    Code.IMAGE_UNREADABLE,
    Code.IMAGE_TOO_MANY_PIXELS,
    Code.IMAGE_TOO_SMALL,
    Code.IMAGE_BAD_ASPECT,
    Code.IMAGE_ANIMATED,
    Code.MASK_EMPTY,
    Code.MASK_BAD_ASPECT,
)
_FORM_PROBLEMS = (
    Code.MALFORMED_BODY,
    Code.UPLOAD_TOO_SLOW,
    Code.LENGTH_REQUIRED,
    Code.UPLOAD_TOO_LARGE,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.MISSING_CONTENT,
    Code.MISSING_STYLE,
    Code.TOO_MANY_STYLES,
    Code.TOO_MANY_MASKS,
    Code.STYLE_WEIGHTS_MISMATCH,
    Code.UNKNOWN_FIELD,
    Code.DUPLICATE_FIELD,
    Code.INVALID_VALUE,
    Code.OUT_OF_RANGE,
    Code.NOT_FINITE,
    Code.UNKNOWN_PRESET,
    Code.UNKNOWN_LAYER,
)

SUBMIT_RESPONSES: Responses = {
    **problem_responses(
        *_FORM_PROBLEMS,
        *_PICTURE_PROBLEMS,
        Code.BROKER_UNAVAILABLE,
        Code.STORAGE_UNAVAILABLE,
        Code.QUEUE_FULL,
        Code.TOO_MANY_UPLOADS,
    ),
    200: {
        "description": "With `validate_only`: all is well, nothing was queued.",
        "model": ValidationView,
    },
    202: {
        "description": "The job is queued.",
        "headers": {"Location": _LOCATION, "Retry-After": RETRY_AFTER, "ETag": ETAG},
    },
}


def _files(most: int, description: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": _FILE,
        "maxItems": most,
        "description": description,
    }


#: JSON Schema has no type of its own.
_FILES: dict[str, Any] = {
    "content": _FILE | {"description": "The photograph: JPEG, PNG or WebP."},
    "style": _files(MAX_STYLES, "The paintings: JPEG, PNG or WebP; repeat the field.")
    | {"minItems": 1},
    "mask": _files(
        MAX_STYLES,
        "The k-th says where on the photograph the k-th painting goes: white is there, "
        "black and transparent are not. Paintings without one, or with an empty part "
        "in its place, share the rest.",
    ),
    "style_mask": _files(
        MAX_STYLES,
        "The k-th says which part of the k-th painting counts; an empty part leaves "
        "one out.",
    ),
    "init": _FILE | {"description": "The picture to start from, for start=image."},
}
_METADATA = {
    "type": "string",
    "contentMediaType": "application/json",
    "description": "A JSON object of your own; it is given back with the job.",
    "examples": ['{"user": "ada"}'],
}
_EXAMPLES = {
    "rungs": "[[128, 200], [512, 100]]",
    "style_layers": '{"relu1_1": 16, "relu3_1": 4}',
    "content_layers": '{"relu4_2": 1}',
    STYLE_WEIGHTS: "[1, 0.5]",
}


def _as_json_text(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a form's text that holds JSON."""
    # A form leaves out what is null; the model says `anyOf: [schema, null]`.
    inner = next(each for each in schema["anyOf"] if each.get("type") != "null")
    return {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": inner,
        "description": f"JSON text. {schema['description']}",
        "examples": [_EXAMPLES[name]],
    }


def _form_schema() -> dict[str, Any]:
    parameters = StyleTransferParameters.model_json_schema(
        ref_template="#/components/schemas/{model}"
    )["properties"]
    for name in JSON_FIELDS:
        parameters[name] = _as_json_text(name, parameters[name])
    weight = parameters[STYLE_WEIGHTS]["contentSchema"] | {
        "description": "The k-th is the weight of the k-th painting; repeat the field. "
        f"{STYLE_WEIGHTS} says the same in one text."
    }
    return {
        "type": "object",
        "required": ["content", "style"],
        "additionalProperties": False,
        "properties": {
            **_FILES,
            **parameters,
            STYLE_WEIGHT: weight,
            "metadata": _METADATA,
        },
    }


SUBMISSION_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": _form_schema()}},
    }
}
