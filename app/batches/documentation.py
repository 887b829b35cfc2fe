"""What the OpenAPI document says of batches beyond what the handlers' types say."""

from typing import Any

from app.batches.views import BatchView
from app.contract.batches import MAX_BATCH_JOBS
from app.contract.kinds import KINDS
from app.http.bodies import json_bodies, multipart
from app.http.openapi.schema import Responses, problem_responses
from app.problems import ProblemCode as Code
from app.submissions.documentation import (
    BODY_PROBLEMS,
    FILE,
    PARAMETER_PROBLEMS,
    PICTURE_PROBLEMS,
    PLACING_PROBLEMS,
    files,
    form_parameters,
    form_terms,
    style_ids,
)
from app.submissions.fields import STYLE_ID
from app.submissions.request_options import (
    CANCEL_AFTER_HEADER,
    IDEMPOTENCY_HEADER,
    TRACE_HEADER,
)
from app.submissions.schemas import json_parameters, json_terms, pictures

# Any: OpenAPI documents are nested dictionaries without a type of their own.
_Document = dict[str, Any]

_RETRY_AFTER: _Document = {
    "description": "Seconds until asking again is worth while.",
    "schema": {"type": "integer", "minimum": 1},
}
_ETAG: _Document = {
    "description": "Changes with every change of a job.",
    "schema": {"type": "string"},
}
_HEADERS: _Document = {"Retry-After": _RETRY_AFTER, "ETag": _ETAG}
_SUBMIT_HEADERS: _Document = {
    **_HEADERS,
    "Location": {
        "description": "Where the batch is.",
        "schema": {"type": "string", "format": "uri"},
    },
    "Idempotent-Replayed": {
        "description": "`true`: an earlier request with this key made the batch.",
        "schema": {"type": "string"},
    },
}
_BATCH_PROBLEMS = (Code.BATCH_NOT_FOUND, Code.BROKER_UNAVAILABLE)

SUBMIT_RESPONSES: Responses = {
    **problem_responses(
        *BODY_PROBLEMS,
        *PARAMETER_PROBLEMS,
        *PICTURE_PROBLEMS,
        *PLACING_PROBLEMS,
        Code.MISSING_CONTENT,
        Code.MISSING_STYLE,
        Code.TOO_MANY_BATCH_JOBS,
    ),
    202: {"description": "The jobs are queued.", "headers": _SUBMIT_HEADERS},
}
FETCH_RESPONSES: Responses = {
    **problem_responses(*_BATCH_PROBLEMS),
    200: {"description": "The batch, whatever its state.", "headers": _HEADERS},
    304: {"description": "Nothing has changed since `If-None-Match`."},
}
CANCEL_RESPONSES: Responses = {
    **problem_responses(*_BATCH_PROBLEMS, Code.STORAGE_UNAVAILABLE, Code.STORAGE_FULL),
    200: {"description": "No job of the batch waits or runs any more."},
    202: {
        "description": "Some jobs run and were asked to stop.",
        "model": BatchView,
        "headers": {"Retry-After": _RETRY_AFTER},
    },
}
SHEET_RESPONSES: Responses = {
    **problem_responses(
        *_BATCH_PROBLEMS,
        Code.NOT_ACCEPTABLE,
        Code.RESULT_NOT_READY,
        Code.RESULT_EXPIRED,
        Code.JOB_FAILED,
        Code.JOB_CANCELED,
        Code.STORAGE_UNAVAILABLE,
    ),
    200: {
        "description": "Photographs down the side, paintings along the top, what is "
        "finished between them.",
        "content": {"image/jpeg": {"schema": FILE}, "image/png": {"schema": FILE}},
    },
    304: {"description": "The client has the sheet already."},
}


def _form() -> _Document:
    return {
        "type": "object",
        "required": ["content"],
        "anyOf": [{"required": ["style"]}, {"required": [STYLE_ID]}],
        "additionalProperties": False,
        "properties": {
            "content": files(MAX_BATCH_JOBS, "The photographs; repeat.", least=1),
            "style": files(MAX_BATCH_JOBS, "The paintings; repeat."),
            STYLE_ID: style_ids(MAX_BATCH_JOBS),
            **form_parameters(KINDS.default),
            **form_terms(),
        },
    }


def _json() -> _Document:
    return {
        "type": "object",
        "required": ["contents", "styles"],
        "additionalProperties": False,
        "properties": {
            "contents": pictures(MAX_BATCH_JOBS, "The photographs."),
            "styles": pictures(MAX_BATCH_JOBS, "The paintings."),
            "params": json_parameters(KINDS.default),
            **json_terms(),
        },
    }


_EXAMPLE: _Document = {
    "contents": [
        {"url": "https://example.com/garden.jpg"},
        {"url": "https://example.com/street.jpg"},
    ],
    "styles": [{STYLE_ID: "starry_night"}],
    "params": {"preset": "draft"},
}
SUBMISSION_EXTRA: _Document = {
    "parameters": [IDEMPOTENCY_HEADER, CANCEL_AFTER_HEADER, TRACE_HEADER],
    "requestBody": {
        "required": True,
        "content": {
            multipart.MEDIA_TYPE: {"schema": _form()},
            json_bodies.MEDIA_TYPE: {
                "schema": _json(),
                "examples": {
                    "two": {
                        "summary": "Two photographs in the manner of one painting",
                        "value": _EXAMPLE,
                    }
                },
            },
        },
    },
}
