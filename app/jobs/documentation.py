"""What the OpenAPI document says of jobs beyond what the handlers' types say."""

from typing import Any

from app.contract.parameters import StyleTransferParameters
from app.http.multipart import MEDIA_TYPE
from app.http.openapi import Responses, problem_responses
from app.jobs.schemas import ValidationView
from app.problems import ProblemCode as Code

_RETRY_AFTER = {
    "description": "Seconds until asking again is worth while.",
    "schema": {"type": "integer", "minimum": 1},
}
_ETAG = {"description": "The job's revision.", "schema": {"type": "string"}}
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
    Code.UNKNOWN_FIELD,
    Code.DUPLICATE_FIELD,
    Code.INVALID_VALUE,
    Code.OUT_OF_RANGE,
    Code.NOT_FINITE,
    Code.UNKNOWN_PRESET,
)
_JOB_PROBLEMS = (Code.JOB_NOT_FOUND, Code.BROKER_UNAVAILABLE)

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
        "headers": {"Location": _LOCATION, "Retry-After": _RETRY_AFTER, "ETag": _ETAG},
    },
}
FETCH_RESPONSES: Responses = {
    **problem_responses(*_JOB_PROBLEMS),
    200: {
        "description": "The job, whatever its state.",
        "headers": {"Retry-After": _RETRY_AFTER, "ETag": _ETAG},
    },
    304: {"description": "Nothing has changed since `If-None-Match`."},
}
RESULT_RESPONSES: Responses = {
    **problem_responses(
        *_JOB_PROBLEMS,
        Code.NOT_ACCEPTABLE,
        Code.RESULT_NOT_READY,
        Code.JOB_CANCELED,
        Code.JOB_FAILED,
        Code.INVALID_VALUE,
        Code.STORAGE_UNAVAILABLE,
    ),
    200: {
        "description": "The picture; its ETag is the SHA-256 of its bytes.",
        "content": {"image/png": {"schema": _FILE}},
    },
    304: {"description": "The client has the picture already."},
}
CANCEL_RESPONSES: Responses = {
    **problem_responses(*_JOB_PROBLEMS, Code.JOB_FINISHED),
    200: {"description": "The job is canceled."},
    202: {
        "description": "The job runs and was asked to stop.",
        "headers": {"Retry-After": _RETRY_AFTER},
    },
}


def _form_schema() -> dict[str, Any]:  # JSON Schema has no type of its own.
    parameters = StyleTransferParameters.model_json_schema(
        ref_template="#/components/schemas/{model}"
    )
    files = {
        "content": _FILE | {"description": "The photograph: JPEG, PNG or WebP."},
        "style": _FILE | {"description": "The painting: JPEG, PNG or WebP."},
    }
    metadata = {
        "type": "string",
        "contentMediaType": "application/json",
        "description": "A JSON object of your own; it is given back with the job.",
        "examples": ['{"user": "ada"}'],
    }
    return {
        "type": "object",
        "required": ["content", "style"],
        "additionalProperties": False,
        "properties": {**files, **parameters["properties"], "metadata": metadata},
    }


SUBMISSION_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": _form_schema()}},
    }
}
