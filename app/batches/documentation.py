"""What the OpenAPI document says of batches beyond what the handlers' types say."""

from typing import Any

from app.batches.views import BatchView
from app.http.openapi.schema import Responses, problem_responses
from app.problems import ProblemCode as Code
from app.submissions.documentation import (
    BODY_PROBLEMS,
    FILE,
    PARAMETER_PROBLEMS,
    PICTURE_PROBLEMS,
    PLACING_PROBLEMS,
)
from app.submissions.request_options import (
    CANCEL_AFTER_HEADER,
    IDEMPOTENCY_HEADER,
    TRACE_HEADER,
)

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
SUBMISSION_EXTRA: _Document = {
    "parameters": [IDEMPOTENCY_HEADER, CANCEL_AFTER_HEADER, TRACE_HEADER],
}
