"""What the OpenAPI document says of styles beyond what the handlers' types say."""

from typing import Any

from app.contract.packs.reading import ONNX_TYPE, PACK_TYPE
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
PACK_RESPONSES: Responses = {
    **problem_responses(
        Code.STYLE_NOT_FOUND,
        Code.PACK_NOT_FOUND,
        Code.NOT_ACCEPTABLE,
        Code.RANGE_NOT_SATISFIABLE,
        Code.STORAGE_UNAVAILABLE,
    ),
    200: {
        "description": "The pack.",
        "headers": {"ETag": _ETAG, "Cache-Control": _CACHE},
        "content": {PACK_TYPE: {"schema": FILE}, ONNX_TYPE: {"schema": FILE}},
    },
    206: {
        "description": "The range that was asked for.",
        "content": {PACK_TYPE: {"schema": FILE}, ONNX_TYPE: {"schema": FILE}},
    },
    304: _NOT_MODIFIED,
}
CREATE_RESPONSES: Responses = {
    **problem_responses(
        *BODY_PROBLEMS,
        *IMAGE_PROBLEMS,
        Code.PACK_UNREADABLE,
        Code.MISSING_STYLE,
        Code.UNKNOWN_FIELD,
        Code.DUPLICATE_FIELD,
        Code.INVALID_VALUE,
        Code.FORBIDDEN,
        Code.LIBRARY_FULL,
        Code.STORAGE_UNAVAILABLE,
        Code.STORAGE_FULL,
    ),
    201: answer("The style is in the library.", {"Location": LOCATION}),
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
                    "additionalProperties": False,
                    "properties": {
                        "image": FILE
                        | answer("The painting: JPEG, PNG, WebP, HEIC or AVIF."),
                        "pack": FILE
                        | answer("A network that paints in it: safetensors."),
                        "sample": FILE
                        | answer(
                            "Of a pack whose painting is not there: a picture that it "
                            "has made."
                        ),
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
