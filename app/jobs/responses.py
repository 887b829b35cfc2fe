"""What the OpenAPI document says of the answers about jobs that there are already."""

from typing import Any

from app.http.openapi import Responses, problem_responses
from app.problems import ProblemCode as Code

# Any: OpenAPI documents are nested dictionaries without a type of their own.
RETRY_AFTER: dict[str, Any] = {
    "description": "Seconds until asking again is worth while.",
    "schema": {"type": "integer", "minimum": 1},
}
ETAG: dict[str, Any] = {
    "description": "The job's revision.",
    "schema": {"type": "string"},
}
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_JOB_PROBLEMS = (Code.JOB_NOT_FOUND, Code.BROKER_UNAVAILABLE)

FETCH_RESPONSES: Responses = {
    **problem_responses(*_JOB_PROBLEMS),
    200: {
        "description": "The job, whatever its state.",
        "headers": {"Retry-After": RETRY_AFTER, "ETag": ETAG},
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
        "headers": {"Retry-After": RETRY_AFTER},
    },
}
