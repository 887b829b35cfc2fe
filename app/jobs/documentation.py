"""What the OpenAPI document says of submissions beyond what the types say."""

from typing import Any

from app.contract.views.jobs import JobView, ValidationView
from app.http.openapi.kind_schemas import RESULT_TYPES
from app.http.openapi.parts import FILE, LOCATION, REPLAYED, RETRY_AFTER, answer, header
from app.http.openapi.schema import Responses, problem_responses
from app.jobs.responses import CONTROLS_ETAG, CONTROLS_EXTRA, ETAG
from app.problems import ProblemCode as Code
from app.submissions.documentation import (
    BODY_PROBLEMS,
    IMAGE_PROBLEMS,
    PARAMETER_PROBLEMS,
    PICTURE_PROBLEMS,
    PLACING_PROBLEMS,
)
from app.submissions.request_options import (
    CANCEL_AFTER_HEADER,
    IDEMPOTENCY_HEADER,
    PREFER_HEADER,
    REUSE_HEADER,
    TRACE_HEADER,
)

# Any: OpenAPI documents are nested dictionaries without a type of their own.
_Document = dict[str, Any]

_ANSWER_HEADERS: _Document = {
    "Location": LOCATION,
    "Retry-After": RETRY_AFTER,
    "ETag": ETAG,
    "Preference-Applied": header("For how long the answer was allowed to wait."),
    "Idempotent-Replayed": REPLAYED,
}
_VIEW = {"$ref": f"#/components/schemas/{JobView.__name__}"}
#: A job that has ended within the wait, or an equal one's picture.
_DONE: _Document = {
    "headers": _ANSWER_HEADERS,
    "content": {
        "application/json": {"schema": _VIEW},
        RESULT_TYPES: {"schema": FILE},
    },
}
_ENDED_PROBLEMS = (Code.JOB_FAILED, Code.JOB_CANCELED, Code.NOT_ACCEPTABLE)

SUBMIT_RESPONSES: Responses = {
    **problem_responses(
        *BODY_PROBLEMS,
        *PARAMETER_PROBLEMS,
        *PICTURE_PROBLEMS,
        *PLACING_PROBLEMS,
        *_ENDED_PROBLEMS,
        Code.MISSING_CONTENT,
        Code.MISSING_STYLE,
        Code.TOO_MANY_STYLES,
        Code.TOO_MANY_MASKS,
        Code.MASK_EMPTY,
        Code.MASK_BAD_ASPECT,
    ),
    200: {
        "headers": _ANSWER_HEADERS,
        # The JSON is the model's: a schema here would stand beside it, not instead.
        "content": {RESULT_TYPES: {"schema": FILE}},
        "description": "The job has ended within the wait, or an equal job had its "
        "picture already; the picture itself if it is preferred. With "
        "`validate_only`: all is well, nothing was queued.",
        "model": JobView | ValidationView,
    },
    202: answer("The job is queued.", _ANSWER_HEADERS),
}
SUBMISSION_EXTRA: _Document = {
    "parameters": [
        IDEMPOTENCY_HEADER,
        PREFER_HEADER,
        CANCEL_AFTER_HEADER,
        REUSE_HEADER,
        TRACE_HEADER,
    ],
}

RETRY_RESPONSES: Responses = {
    **problem_responses(
        *BODY_PROBLEMS,
        *PARAMETER_PROBLEMS,
        *PLACING_PROBLEMS,
        *_ENDED_PROBLEMS,
        Code.JOB_NOT_FOUND,
        Code.RESULT_EXPIRED,
    ),
    200: _DONE | answer("The new job has ended within the wait."),
    202: answer("The new job is queued.", _ANSWER_HEADERS),
}
BRANCH_RESPONSES: Responses = {
    **problem_responses(
        *BODY_PROBLEMS,
        *PARAMETER_PROBLEMS,
        *PLACING_PROBLEMS,
        *_ENDED_PROBLEMS,
        Code.JOB_NOT_FOUND,
        Code.NOT_CHANGEABLE,
        Code.STATE_NOT_READY,
        Code.STATE_EXPIRED,
        Code.RESULT_EXPIRED,
    ),
    200: _DONE | {"description": "The new job has ended within the wait."},
    202: {"description": "The new job is queued.", "headers": _ANSWER_HEADERS},
}
RETRY_EXTRA: _Document = {
    "parameters": [
        IDEMPOTENCY_HEADER,
        PREFER_HEADER,
        CANCEL_AFTER_HEADER,
        TRACE_HEADER,
    ],
}
BRANCH_EXTRA = RETRY_EXTRA
MASK_EXTRA: _Document = {
    "parameters": CONTROLS_EXTRA["parameters"],
    "requestBody": {"required": True, "content": {"image/png": {"schema": FILE}}},
}
MASK_RESPONSES: Responses = {
    **problem_responses(
        Code.JOB_NOT_FOUND,
        Code.BROKER_UNAVAILABLE,
        Code.JOB_FINISHED,
        Code.UPLOAD_TOO_SLOW,
        Code.UPLOAD_TOO_LARGE,
        Code.UNSUPPORTED_MEDIA_TYPE,
        Code.NOT_CHANGEABLE,
        *IMAGE_PROBLEMS,
        Code.MASK_EMPTY,
        Code.MASK_BAD_ASPECT,
        Code.TOO_MANY_MASKS,
        Code.PRECONDITION_FAILED,
        Code.STORAGE_UNAVAILABLE,
        Code.STORAGE_FULL,
    ),
    202: answer("The job was asked to go on with it.", {"ETag": CONTROLS_ETAG}),
}
