"""What the OpenAPI document says of batches beyond what the handlers' types say."""

from typing import Any

from app.batches.views import BatchView
from app.http.openapi.parts import FILE, LOCATION, REPLAYED, RETRY_AFTER, answer, header
from app.http.openapi.schema import Responses, problem_responses
from app.problems import ProblemCode as Code
from app.submissions.documentation import (
    BODY_PROBLEMS,
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

_HEADERS: _Document = {
    "Retry-After": RETRY_AFTER,
    "ETag": header("Changes with every change of a job."),
}
_SUBMIT_HEADERS: _Document = {
    **_HEADERS,
    "Location": LOCATION,
    "Idempotent-Replayed": REPLAYED,
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
    202: answer("The jobs are queued.", _SUBMIT_HEADERS),
}
FETCH_RESPONSES: Responses = {
    **problem_responses(*_BATCH_PROBLEMS),
    200: answer("The batch, whatever its state.", _HEADERS),
    304: answer("Nothing has changed since `If-None-Match`."),
}
CANCEL_RESPONSES: Responses = {
    **problem_responses(*_BATCH_PROBLEMS, Code.STORAGE_UNAVAILABLE, Code.STORAGE_FULL),
    200: answer("No job of the batch waits or runs any more."),
    202: {
        "description": "Some jobs run and were asked to stop.",
        "model": BatchView,
        "headers": {"Retry-After": RETRY_AFTER},
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
    304: answer("The client has the sheet already."),
}
SUBMISSION_EXTRA: _Document = {
    "parameters": [IDEMPOTENCY_HEADER, CANCEL_AFTER_HEADER, TRACE_HEADER],
}
