"""What the OpenAPI document says of styles beyond what the handlers' types say."""

from typing import Any

from app.contract.packs.reading import ONNX_TYPE, PACK_TYPE
from app.http.bodies.multipart import MEDIA_TYPE
from app.http.openapi.schema import Responses, problem_responses
from app.problems import ProblemCode as Code
from app.styles.forms import MAX_WORDS_LENGTH

_ETAG = {"description": "Of this representation.", "schema": {"type": "string"}}
_CACHE = {"description": "How long it may be kept.", "schema": {"type": "string"}}
_NOT_MODIFIED = {"description": "Nothing has changed since `If-None-Match`."}
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}

LOOK_RESPONSES: Responses = {
    200: {
        "description": "The library, or one painting's record.",
        "headers": {"ETag": _ETAG, "Cache-Control": _CACHE},
    },
    304: _NOT_MODIFIED,
}
IMAGE_RESPONSES: Responses = {
    **problem_responses(
        Code.STYLE_NOT_FOUND, Code.INVALID_VALUE, Code.STORAGE_UNAVAILABLE
    ),
    200: {
        "description": "The picture.",
        "headers": {"ETag": _ETAG, "Cache-Control": _CACHE},
        "content": {"image/png": {"schema": _FILE}, "image/jpeg": {"schema": _FILE}},
    },
    304: _NOT_MODIFIED,
}
PACK_RESPONSES: Responses = {
    **problem_responses(
        Code.STYLE_NOT_FOUND,
        Code.STYLE_HAS_NO_PACK,
        Code.NOT_ACCEPTABLE,
        Code.RANGE_NOT_SATISFIABLE,
        Code.STORAGE_UNAVAILABLE,
    ),
    200: {
        "description": "The pack.",
        "headers": {"ETag": _ETAG, "Cache-Control": _CACHE},
        "content": {PACK_TYPE: {"schema": _FILE}, ONNX_TYPE: {"schema": _FILE}},
    },
    206: {
        "description": "The range that was asked for.",
        "content": {PACK_TYPE: {"schema": _FILE}, ONNX_TYPE: {"schema": _FILE}},
    },
    304: _NOT_MODIFIED,
}
CREATE_RESPONSES: Responses = {
    **problem_responses(
        Code.MALFORMED_BODY,
        Code.UPLOAD_TOO_SLOW,
        Code.LENGTH_REQUIRED,
        Code.UPLOAD_TOO_LARGE,
        Code.UNSUPPORTED_MEDIA_TYPE,
        Code.UNSUPPORTED_IMAGE_TYPE,
        Code.IMAGE_EMPTY,
        Code.IMAGE_UNREADABLE,
        Code.IMAGE_TOO_MANY_PIXELS,
        Code.IMAGE_TOO_SMALL,
        Code.IMAGE_BAD_ASPECT,
        Code.IMAGE_ANIMATED,
        Code.PACK_UNREADABLE,
        Code.MISSING_STYLE,
        Code.UNKNOWN_FIELD,
        Code.DUPLICATE_FIELD,
        Code.INVALID_VALUE,
        Code.FORBIDDEN,
        Code.LIBRARY_FULL,
        Code.STORAGE_UNAVAILABLE,
        Code.STORAGE_FULL,
        Code.TOO_MANY_UPLOADS,
    ),
    201: {
        "description": "The style is in the library.",
        "headers": {
            "Location": {
                "description": "Where the style is.",
                "schema": {"type": "string", "format": "uri"},
            }
        },
    },
}
DELETE_RESPONSES: Responses = {
    **problem_responses(Code.STYLE_NOT_FOUND, Code.FORBIDDEN, Code.STORAGE_UNAVAILABLE),
    204: {"description": "The painting is gone."},
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
                        "image": _FILE
                        | {"description": "The painting: JPEG, PNG, WebP, HEIC, AVIF."},
                        "pack": _FILE
                        | {"description": "A network that paints in it: safetensors."},
                        "sample": _FILE
                        | {
                            "description": "Of a pack whose painting is not there: a "
                            "picture that it has made."
                        },
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
