"""What may stand in the way of a question about a job and its kin."""

from app.problems.codes import ProblemCode as Code
from app.problems.kinds.kind import ProblemKind

KINDS: dict[Code, ProblemKind] = {
    Code.JOB_NOT_FOUND: ProblemKind(
        404,
        "There is no such job",
        "Check the id: job_ and 32 hexadecimal digits, as the submission answered it.",
    ),
    Code.STYLE_NOT_FOUND: ProblemKind(
        404,
        "There is no such style",
        "`GET /v1/styles` lists those there are.",
    ),
    Code.STYLE_HAS_NO_PAINTING: ProblemKind(
        422,
        "There is no painting behind the style, only a network",
        "Send engine=fast, which paints by the network, or name another style.",
    ),
    Code.STYLE_HAS_NO_PACK: ProblemKind(
        422,
        "No network was trained for the style",
        "Leave `network` at auto: the network for any painting takes its place. "
        "`GET /v1/styles` says which styles have a pack.",
    ),
    Code.PACK_UNREADABLE: ProblemKind(
        422,
        "The pack can not be used",
        "Send a pack as `GET /v1/styles/{id}/pack` or `impasto styles export` writes "
        "it, unchanged.",
    ),
    Code.LIBRARY_FULL: ProblemKind(
        409,
        "The style library is full",
        "Delete a style that is no longer needed. Operators: IMPASTO_LIBRARY_LIMIT.",
    ),
    Code.BATCH_NOT_FOUND: ProblemKind(
        404,
        "There is no such batch",
        "Check the id: bat_ and 32 hexadecimal digits, as the submission answered it.",
    ),
    Code.PREVIEW_NOT_FOUND: ProblemKind(
        404,
        "There is no such preview",
        "A job has its first preview some steps after it begins; some of them are "
        "kept, for an hour.",
        retryable=True,
    ),
    Code.INPUT_NOT_FOUND: ProblemKind(
        404,
        "The job has no such input",
        "Inputs are `content`, `style/0` and so on, `mask/0`, `style_mask/0`, `init`.",
    ),
    Code.FILE_NOT_FOUND: ProblemKind(
        404,
        "The job has made no such file",
        "`GET /v1/jobs/{id}/files` lists those there are.",
    ),
    Code.DELIVERY_NOT_FOUND: ProblemKind(
        404,
        "There is no such delivery",
        "`GET /v1/jobs/{id}/deliveries` lists those there are.",
    ),
    Code.RESULT_NOT_READY: ProblemKind(
        409,
        "The picture is not finished",
        "Ask for the job until its status is succeeded; Retry-After says when.",
        retryable=True,
    ),
    Code.JOB_CANCELED: ProblemKind(
        409, "The job was canceled", "It has no picture. Submit it again to get one."
    ),
    Code.JOB_FAILED: ProblemKind(
        409,
        "The job failed",
        "It has no picture; `error` says why, and whether trying again may help.",
    ),
    Code.JOB_FINISHED: ProblemKind(
        409,
        "The job has ended",
        "Only a job that waits or runs can be canceled or finished early.",
    ),
    Code.JOB_NOT_FINISHED: ProblemKind(
        409,
        "The job has not ended",
        "Cancel it first, or wait for its end.",
    ),
    Code.JOB_NOT_PAUSED: ProblemKind(
        409,
        "The job is not paused",
        "Only a job that is paused, or was asked to pause, can be resumed.",
    ),
    Code.NOT_CHANGEABLE: ProblemKind(
        422,
        "This cannot change while a job runs",
        "`allowed` names what can. Retry the job with other parameters instead.",
    ),
    Code.PRECONDITION_FAILED: ProblemKind(
        412,
        "Somebody else has changed it meanwhile",
        "`revision` is the present one: look again, then send the change with its "
        "`ETag`, or without If-Match.",
    ),
    Code.RESULT_EXPIRED: ProblemKind(
        410,
        "The picture is no longer kept",
        "Submit the job again: its record tells every parameter. `ttl_seconds` asks "
        "for a longer time.",
    ),
}
