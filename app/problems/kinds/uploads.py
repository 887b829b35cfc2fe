"""What may be wrong with an upload, or with naming one."""

from app.problems.codes import ProblemCode as Code
from app.problems.kinds.kind import ProblemKind

#: Registered by draft-ietf-httpbis-resumable-upload.
_MISMATCH = "https://iana.org/assignments/http-problem-types#mismatching-upload-offset"

KINDS: dict[Code, ProblemKind] = {
    Code.UPLOAD_NOT_FOUND: ProblemKind(
        404,
        "There is no such upload",
        "Check the id: upl_ and 32 hexadecimal digits. An upload that was deleted, or "
        "that the queue has lost, must be sent again.",
    ),
    Code.UPLOAD_OFFSET_MISMATCH: ProblemKind(
        409,
        "The upload does not go on there",
        "Ask by HEAD for `Upload-Offset` and go on from there; `offset` tells it, too. "
        "Of two requests that write to one upload the older one is refused.",
        type_uri=_MISMATCH,
    ),
    Code.UPLOAD_INCOMPLETE: ProblemKind(
        422,
        "The upload is not complete",
        "Send the rest by PATCH, the last request with `Upload-Complete: ?1`.",
    ),
    Code.UPLOAD_EXPIRED: ProblemKind(
        410,
        "The upload is no longer kept",
        "Uploads that no job has named are deleted after a day: send it again.",
    ),
    Code.UPLOAD_QUOTA_EXCEEDED: ProblemKind(
        413,
        "Your unused uploads hold too many bytes",
        "Name them in jobs, delete those that you do not need, or wait until they "
        "expire. Operators: IMPASTO_UPLOAD_BYTES_PER_KEY.",
    ),
}
