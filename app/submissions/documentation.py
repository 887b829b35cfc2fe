"""What the OpenAPI document says of the bodies of submissions, of both media types."""

from app.contract.kind import AnyKind
from app.contract.kinds.image.limits import MAX_STYLES
from app.problems import ProblemCode as Code
from app.submissions.fields import STYLE_ID, STYLE_WEIGHT, STYLE_WEIGHTS, fields_of
from app.submissions.schemas import (
    Schema,
    json_parameters,
    json_terms,
    picture,
    pictures,
)

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

#: Shorter than any picture: what stands for one in an example.
_EXAMPLE_DATA = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ=="


def files(most: int, description: str, *, least: int = 0) -> Schema:
    """Return the schema of a form's file that repeats."""
    return {
        "type": "array",
        "items": FILE,
        "minItems": least,
        "maxItems": most,
        "description": description,
    }


def style_ids(most: int) -> Schema:
    """Return the schema of a form's names of library paintings."""
    return {
        "type": "array",
        "items": {"type": "string"},
        "maxItems": most,
        "description": "Paintings of the library, in the place of files `style`; they "
        "count in the order in which they and the files come.",
        "examples": [["starry_night"]],
    }


def form_parameters(kind: AnyKind) -> Schema:
    """Return the parameters as a form's fields."""
    parameters: Schema = json_parameters(kind)["properties"]
    for name in fields_of(kind).json_texts:
        parameters[name] = _as_json_text(parameters[name], _EXAMPLES[name])
    return parameters


def style_weight(parameters: Schema) -> Schema:
    """Return the schema of the repeated field that says what `style_weights` says."""
    inner: Schema = parameters[STYLE_WEIGHTS]["contentSchema"]
    return inner | {
        "description": "The k-th is the weight of the k-th painting; repeat the field. "
        f"{STYLE_WEIGHTS} says the same in one text."
    }


def form_terms() -> Schema:
    """Return what a form says of a job besides pictures and parameters."""
    terms = json_terms()
    return {
        "metadata": _text_of(terms["metadata"], '{"user": "ada"}'),
        "webhook": _text_of(
            terms["webhook"], '{"url": "https://example.com/hooks/impasto"}'
        ),
        "ttl_seconds": terms["ttl_seconds"],
        "priority": terms["priority"],
    }


def job_form(kind: AnyKind) -> Schema:
    """Return the schema of a job's form."""
    parameters = form_parameters(kind)
    return {
        "type": "object",
        "required": ["content"],
        "anyOf": [{"required": ["style"]}, {"required": [STYLE_ID]}],
        "additionalProperties": False,
        "properties": {
            **_JOB_FILES,
            STYLE_ID: style_ids(MAX_STYLES),
            **parameters,
            STYLE_WEIGHT: style_weight(parameters),
            **form_terms(),
        },
    }


def job_document(kind: AnyKind) -> Schema:
    """Return the schema of a job in JSON."""
    masks = {
        "type": "array",
        "items": {"anyOf": [picture(is_mask=True), {"type": "null"}]},
        "maxItems": MAX_STYLES,
    }
    return {
        "type": "object",
        "required": ["content", "styles"],
        "additionalProperties": False,
        "properties": {
            "content": picture() | {"description": "The photograph."},
            "styles": pictures(MAX_STYLES, "The paintings."),
            "masks": masks | {"description": _JOB_FILES["mask"]["description"]},
            "style_masks": masks
            | {"description": _JOB_FILES["style_mask"]["description"]},
            "init": picture() | {"description": _JOB_FILES["init"]["description"]},
            "params": json_parameters(kind),
            **json_terms(),
        },
    }


def job_examples() -> Schema:
    """Return bodies in JSON as they may be sent."""
    return {
        "library": {
            "summary": "A photograph, and a painting of the library",
            "value": {
                "content": {"data": _EXAMPLE_DATA},
                "styles": [{STYLE_ID: "starry_night"}],
                "params": {"preset": "draft", "seed": 7},
            },
        },
        "everything": {
            "summary": "Two paintings with weights, told to a webhook",
            "value": {
                "content": {"url": "https://example.com/photo.jpg"},
                "styles": [{"data": _EXAMPLE_DATA}, {STYLE_ID: "starry_night"}],
                "params": {"style_weights": [1, 0.5], "size": 1024},
                "metadata": {"user": "ada"},
                "webhook": {"url": "https://example.com/hooks/impasto"},
                "ttl_seconds": 3600,
            },
        },
    }


_JOB_FILES: Schema = {
    "content": FILE | {"description": "The photograph: JPEG, PNG, WebP, HEIC or AVIF."},
    "style": files(
        MAX_STYLES, "The paintings, in any of these formats; repeat the field."
    ),
    "mask": files(
        MAX_STYLES,
        "The k-th says where on the photograph the k-th painting goes: white is there, "
        "black and transparent are not. Paintings without one, or with an empty part "
        "in its place, share the rest.",
    ),
    "style_mask": files(
        MAX_STYLES,
        "The k-th says which part of the k-th painting counts; an empty part leaves "
        "one out.",
    ),
    "init": FILE | {"description": "The picture to start from, for start=image."},
}
_EXAMPLES = {
    "rungs": "[[128, 200], [512, 100]]",
    "style_layers": '{"relu1_1": 16, "relu3_1": 4}',
    "content_layers": '{"relu4_2": 1}',
    STYLE_WEIGHTS: "[1, 0.5]",
}


def _as_json_text(schema: Schema, example: str) -> Schema:
    """Return the schema of a form's text that holds JSON."""
    # A form leaves out what is null; the model says `anyOf: [schema, null]`.
    inner = next(each for each in schema["anyOf"] if each.get("type") != "null")
    return _text_of(inner | {"description": schema["description"]}, example)


def _text_of(schema: Schema, example: str) -> Schema:
    inner = {name: value for name, value in schema.items() if name != "description"}
    return {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": inner,
        "description": f"JSON text. {schema['description']}",
        "examples": [example],
    }
