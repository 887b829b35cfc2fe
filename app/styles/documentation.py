"""What the OpenAPI document says of styles beyond what the handlers' types say."""

from typing import Any

from app.http.bodies.multipart import MEDIA_TYPE
from app.http.openapi.parts import FILE, LOCATION, answer, header
from app.http.openapi.schema import Responses, problem_responses
from app.problems import ProblemCode as Code
from app.styles.forms import MAX_WORDS_LENGTH
from app.submissions.documentation import BODY_PROBLEMS, IMAGE_PROBLEMS

_ETAG = header("Of this representation.")
_CACHE = header("How long it may be kept.")
_NOT_MODIFIED = answer("Nothing has changed since `If-None-Match`.")

LOOK_RESPONSES: Responses = {
    200: answer(
        "The library, or one painting's record.",
        {"ETag": _ETAG, "Cache-Control": _CACHE},
    ),
    304: _NOT_MODIFIED,
}
IMAGE_RESPONSES: Responses = {
    **problem_responses(
        Code.STYLE_NOT_FOUND, Code.INVALID_VALUE, Code.STORAGE_UNAVAILABLE
    ),
    200: {
        "description": "The picture.",
        "headers": {"ETag": _ETAG, "Cache-Control": _CACHE},
        "content": {"image/png": {"schema": FILE}, "image/jpeg": {"schema": FILE}},
    },
    304: _NOT_MODIFIED,
}
CREATE_RESPONSES: Responses = {
    **problem_responses(
        *BODY_PROBLEMS,
        *IMAGE_PROBLEMS,
        Code.MISSING_STYLE,
        Code.UNKNOWN_FIELD,
        Code.DUPLICATE_FIELD,
        Code.INVALID_VALUE,
        Code.FORBIDDEN,
        Code.LIBRARY_FULL,
        Code.STORAGE_UNAVAILABLE,
        Code.STORAGE_FULL,
    ),
    201: answer(
        "The painting is in the library.",
        {"Location": LOCATION},
    ),
}
DELETE_RESPONSES: Responses = {
    **problem_responses(Code.STYLE_NOT_FOUND, Code.FORBIDDEN, Code.STORAGE_UNAVAILABLE),
    204: answer("The painting is gone."),
}


def _text(description: str) -> dict[str, Any]:
    return {
        "type": "string",
        "maxLength": MAX_WORDS_LENGTH,
        "description": description,
    }


#: JSON Schema has no type of its own.
CREATE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "additionalProperties": False,
                    "properties": {
                        "image": FILE | answer("JPEG, PNG, WebP, HEIC or AVIF."),
                        "title": _text("What to call it."),
                        "artist": _text("Who painted it."),
                        "license": _text("Under which it may be used."),
                        "source": _text("Where the picture comes from."),
                    },
                }
            }
        },
    }
}
