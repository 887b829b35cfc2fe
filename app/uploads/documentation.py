"""What the OpenAPI document says of uploads beyond what the handlers' types say."""

from typing import Any

from app.http.openapi.parts import FILE, LOCATION, answer, header
from app.http.openapi.schema import Responses, problem_responses
from app.problems import ProblemCode as Code
from app.uploads.headers import COMPLETE, LENGTH, LIMIT, MOST_BYTES, OFFSET, PARTIAL

_BOOLEAN = {"type": "string", "enum": ["?0", "?1"]}
_COUNT = {"type": "integer", "minimum": 0, "maximum": MOST_BYTES}
_LIMIT = header("`max-size` in bytes.")
_STATE = {
    OFFSET: {"description": "So many bytes have arrived.", "schema": _COUNT},
    COMPLETE: {"description": "`?1` if nothing follows.", "schema": _BOOLEAN},
    LIMIT: _LIMIT,
}
_LOOK = (Code.UPLOAD_NOT_FOUND, Code.UPLOAD_EXPIRED, Code.BROKER_UNAVAILABLE)
_RECEIVE = (
    Code.UPLOAD_TOO_SLOW,
    Code.LENGTH_REQUIRED,
    Code.UPLOAD_OFFSET_MISMATCH,
    Code.UPLOAD_TOO_LARGE,
    Code.UPLOAD_QUOTA_EXCEEDED,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.BROKER_UNAVAILABLE,
    Code.STORAGE_UNAVAILABLE,
    Code.STORAGE_FULL,
    Code.TOO_MANY_UPLOADS,
)


# Any: JSON Schema has no type of its own.
def _header(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "schema": schema, "description": description}


def _body(media_type: str) -> dict[str, Any]:
    return {"required": False, "content": {media_type: {"schema": FILE}}}


CREATE_REQUEST: dict[str, Any] = {
    "parameters": [
        _header(COMPLETE, _BOOLEAN, "`?0` if more follows by PATCH."),
        _header(LENGTH, _COUNT, "How long the whole will be."),
    ],
    "requestBody": _body("*/*"),
}
APPEND_REQUEST: dict[str, Any] = {
    "parameters": [
        _header(OFFSET, _COUNT, "Where the body begins.") | {"required": True},
        _header(COMPLETE, _BOOLEAN, "`?1` if nothing follows."),
    ],
    "requestBody": _body(PARTIAL),
}
CREATE_RESPONSES: Responses = {
    **problem_responses(*_RECEIVE),
    201: answer("The upload as it stands.", _STATE | {"Location": LOCATION}),
}
APPEND_RESPONSES: Responses = {
    **problem_responses(*_LOOK, *_RECEIVE),
    200: answer("The upload as it stands.", _STATE),
}
SHOW_RESPONSES: Responses = {
    **problem_responses(*_LOOK),
    204: answer("To HEAD: where to go on.", _STATE),
    200: answer("The upload as it stands.", _STATE),
}
LIMIT_RESPONSES: Responses = {
    **problem_responses(),
    204: answer("How long an upload may be.", {LIMIT: _LIMIT}),
}
DELETE_RESPONSES: Responses = {
    **problem_responses(*_LOOK),
    204: answer("The upload is gone."),
}
