"""What the OpenAPI document says of submissions wherever they are made."""

from typing import Any

from app.problems import ProblemCode as Code

# Any: JSON Schema has no type of its own.
FILE: dict[str, Any] = {
    "type": "string",
    "contentMediaType": "application/octet-stream",
}

PICTURE_PROBLEMS = (
    Code.UNSUPPORTED_IMAGE_TYPE,
    Code.IMAGE_EMPTY,
    Code.IMAGE_UNREADABLE,
    Code.IMAGE_TOO_MANY_PIXELS,
    Code.IMAGE_TOO_SMALL,
    Code.IMAGE_BAD_ASPECT,
    Code.IMAGE_ANIMATED,
    Code.STYLE_NOT_FOUND,
    Code.STYLE_HAS_NO_PAINTING,
    Code.STYLE_HAS_NO_PACK,
    Code.URL_INPUT_DISABLED,
    Code.URL_FORBIDDEN,
    Code.URL_FETCH_FAILED,
    Code.UPLOAD_NOT_FOUND,
    Code.UPLOAD_EXPIRED,
    Code.UPLOAD_INCOMPLETE,
)
PARAMETER_PROBLEMS = (
    Code.UNKNOWN_KIND,
    Code.NOT_APPLICABLE,
    Code.UNKNOWN_FIELD,
    Code.DUPLICATE_FIELD,
    Code.INVALID_VALUE,
    Code.OUT_OF_RANGE,
    Code.NOT_FINITE,
    Code.UNKNOWN_PRESET,
    Code.UNKNOWN_DATASET,
    Code.UNKNOWN_LAYER,
    Code.STYLE_WEIGHTS_MISMATCH,
    Code.WEBHOOK_URL_FORBIDDEN,
    Code.EXCEEDS_MEMORY,
)
BODY_PROBLEMS = (
    Code.MALFORMED_BODY,
    Code.UPLOAD_TOO_SLOW,
    Code.LENGTH_REQUIRED,
    Code.UPLOAD_TOO_LARGE,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.TOO_MANY_UPLOADS,
)
PLACING_PROBLEMS = (
    Code.IDEMPOTENCY_IN_PROGRESS,
    Code.IDEMPOTENCY_KEY_REUSED,
    Code.TOO_MANY_ACTIVE_JOBS,
    Code.QUEUE_FULL,
    Code.BROKER_UNAVAILABLE,
    Code.STORAGE_UNAVAILABLE,
    Code.STORAGE_FULL,
)
