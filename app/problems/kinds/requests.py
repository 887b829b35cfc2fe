"""What may be wrong with any request, whatever it is about."""

from app.problems.codes import ProblemCode as Code
from app.problems.kinds.kind import ProblemKind

#: Registered by draft-ietf-httpapi-ratelimit-headers.
_QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"

KINDS: dict[Code, ProblemKind] = {
    Code.MALFORMED_REQUEST: ProblemKind(
        400,
        "The request is not sound HTTP",
        "A header contradicts another one or cannot be read. Content-Length and "
        "Transfer-Encoding, for example, exclude each other.",
    ),
    Code.HEAD_TOO_LARGE: ProblemKind(
        431,
        "The request's headers are too large",
        "There may be 256 headers, 64 KiB together with the path and the query; leave "
        "out cookies and the like.",
    ),
    Code.MALFORMED_BODY: ProblemKind(
        400,
        "The body cannot be taken apart",
        "Send multipart/form-data with a boundary and a closing boundary, or a JSON "
        "object in UTF-8; let a library write it.",
    ),
    Code.UNAUTHENTICATED: ProblemKind(
        401,
        "No valid key came with the request",
        "Send `Authorization: Bearer imp_...`; operators make keys with `impasto "
        "keys create`.",
    ),
    Code.FORBIDDEN: ProblemKind(
        403,
        "You may not do this",
        "Ask the operator for a key with the scope that the detail names. While there "
        "are no keys, pages of other sites may change nothing.",
    ),
    Code.NOT_FOUND: ProblemKind(
        404, "Nothing is here", "The path is unknown; /docs lists those there are."
    ),
    Code.METHOD_NOT_ALLOWED: ProblemKind(
        405,
        "The path does not know this method",
        "The Allow header lists those it does.",
    ),
    Code.NOT_ACCEPTABLE: ProblemKind(
        406,
        "It is not made in a type that you accept",
        "`available` lists the types there are: send an Accept header that admits one "
        "of them, or none.",
    ),
    Code.UPLOAD_TOO_SLOW: ProblemKind(
        408,
        "The body came too slowly",
        "Uploads must not pause for long, and must be done within the time the detail "
        "gives. Try again over a better connection or with smaller pictures.",
        retryable=True,
    ),
    Code.LENGTH_REQUIRED: ProblemKind(
        411,
        "The body's length is not known",
        "Send Content-Length or Transfer-Encoding: chunked.",
    ),
    Code.UPLOAD_TOO_LARGE: ProblemKind(
        413,
        "The upload is too large",
        "Shrink the picture: nothing beyond the largest result's size is used.",
    ),
    Code.UNSUPPORTED_MEDIA_TYPE: ProblemKind(
        415,
        "The body is of a type that is not read",
        "Jobs are submitted as multipart/form-data or application/json, without a "
        "Content-Encoding; Accept-Post lists what is read.",
    ),
    Code.RANGE_NOT_SATISFIABLE: ProblemKind(
        416,
        "The range lies outside the file",
        "Content-Range tells the file's length.",
    ),
    Code.IDEMPOTENCY_IN_PROGRESS: ProblemKind(
        409,
        "The first request with this key is still arriving",
        "Wait for its answer, or send this one again a little later.",
        retryable=True,
    ),
    Code.IDEMPOTENCY_KEY_REUSED: ProblemKind(
        422,
        "The idempotency key came before with another body",
        "Draw a new key for a new request.",
    ),
    Code.RATE_LIMITED: ProblemKind(
        429,
        "Too many requests",
        "Try again after the time in Retry-After. RateLimit-Policy says what is "
        "allowed, RateLimit what is left of it.",
        retryable=True,
        type_uri=_QUOTA_EXCEEDED,
    ),
}
