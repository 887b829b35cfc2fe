"""What each code means, its status, and who should act: one table for all of HTTP."""

from dataclasses import dataclass

from app.problems.codes import ProblemCode


@dataclass(frozen=True)
class ProblemKind:
    """What all occurrences of one problem share.

    `advice` says who should do what; `retryable`, whether the very same request may
    succeed later.
    """

    status: int
    title: str
    advice: str
    retryable: bool = False


_C = ProblemCode
PROBLEMS: dict[ProblemCode, ProblemKind] = {
    _C.MALFORMED_REQUEST: ProblemKind(
        400,
        "The request is not sound HTTP",
        "A header contradicts another one or cannot be read. Content-Length and "
        "Transfer-Encoding, for example, exclude each other.",
    ),
    _C.MALFORMED_BODY: ProblemKind(
        400,
        "The body cannot be taken apart",
        "Send multipart/form-data with a boundary and a closing boundary; let the "
        "HTTP library write both.",
    ),
    _C.NOT_FOUND: ProblemKind(
        404, "Nothing is here", "The path is unknown; /docs lists those there are."
    ),
    _C.JOB_NOT_FOUND: ProblemKind(
        404,
        "There is no such job",
        "Check the id: job_ and 32 hexadecimal digits, as the submission answered it.",
    ),
    _C.METHOD_NOT_ALLOWED: ProblemKind(
        405,
        "The path does not know this method",
        "The Allow header lists those it does.",
    ),
    _C.NOT_ACCEPTABLE: ProblemKind(
        406,
        "The picture is not made in a type you accept",
        "Results are image/png: send an Accept header that admits it, or none.",
    ),
    _C.UPLOAD_TOO_SLOW: ProblemKind(
        408,
        "The body came too slowly",
        "Uploads must not pause for long, and must be done within the time the detail "
        "gives. Try again over a better connection or with smaller pictures.",
        retryable=True,
    ),
    _C.RESULT_NOT_READY: ProblemKind(
        409,
        "The picture is not finished",
        "Ask for the job until its status is succeeded; Retry-After says when.",
        retryable=True,
    ),
    _C.JOB_CANCELED: ProblemKind(
        409, "The job was canceled", "It has no picture. Submit it again to get one."
    ),
    _C.JOB_FAILED: ProblemKind(
        409,
        "The job failed",
        "It has no picture; `error` says why, and whether trying again may help.",
    ),
    _C.JOB_FINISHED: ProblemKind(
        409, "The job has ended", "Only a job that waits or runs can be canceled."
    ),
    _C.LENGTH_REQUIRED: ProblemKind(
        411,
        "The body's length is not known",
        "Send Content-Length or Transfer-Encoding: chunked.",
    ),
    _C.UPLOAD_TOO_LARGE: ProblemKind(
        413,
        "The upload is too large",
        "Shrink the picture: nothing beyond the largest result's size is used.",
    ),
    _C.UNSUPPORTED_MEDIA_TYPE: ProblemKind(
        415,
        "The body is of a type that is not read",
        "Jobs are submitted as multipart/form-data without a Content-Encoding.",
    ),
    _C.UNSUPPORTED_IMAGE_TYPE: ProblemKind(
        415,
        "The file is not a JPEG, PNG or WebP",
        "Convert the picture. Its first bytes count, not its name.",
    ),
    _C.IMAGE_EMPTY: ProblemKind(422, "The file is empty", "Send the picture's bytes."),
    _C.IMAGE_UNREADABLE: ProblemKind(
        422,
        "The picture is damaged",
        "It is cut off or corrupt: open it in a viewer and save it again.",
    ),
    _C.IMAGE_TOO_MANY_PIXELS: ProblemKind(
        422,
        "The picture has too many pixels",
        "Scale it down: nothing beyond the largest result's size is used.",
    ),
    _C.IMAGE_TOO_SMALL: ProblemKind(
        422, "The picture is too small", "Send one whose sides reach the limit."
    ),
    _C.IMAGE_BAD_ASPECT: ProblemKind(
        422, "The picture is too long and thin", "Crop it nearer to a square."
    ),
    _C.IMAGE_ANIMATED: ProblemKind(
        422, "The picture moves", "Send one frame of the animation."
    ),
    _C.MISSING_CONTENT: ProblemKind(
        422,
        "The photograph is missing",
        "Send it as the file `content` (curl: -F content=@photo.jpg).",
    ),
    _C.MISSING_STYLE: ProblemKind(
        422,
        "The painting is missing",
        "Send it as the file `style` (curl: -F style=@painting.jpg).",
    ),
    _C.TOO_MANY_STYLES: ProblemKind(
        422,
        "There are too many paintings",
        "Send as many `style` files as are allowed.",
    ),
    _C.TOO_MANY_MASKS: ProblemKind(
        422,
        "There are more masks than paintings",
        "Each painting may have one `mask` and one `style_mask`, in the same order.",
    ),
    _C.MASK_EMPTY: ProblemKind(
        422,
        "The mask is black",
        "White is where a painting goes, or what of it counts; black and transparent "
        "are not. Invert the mask if it is drawn the other way round.",
    ),
    _C.MASK_BAD_ASPECT: ProblemKind(
        422,
        "The mask does not have the shape of its picture",
        "A `mask` lies over the photograph, a `style_mask` over its painting: crop or "
        "scale it to the same ratio of width to height.",
    ),
    _C.STYLE_WEIGHTS_MISMATCH: ProblemKind(
        422,
        "There is not one weight for each painting",
        "Send `style_weight` once for each `style`, in the same order, or not at all.",
    ),
    _C.UNKNOWN_LAYER: ProblemKind(
        422,
        "The network has no such layer",
        "`errors` lists its layers; a VGG16 has fewer than a VGG19.",
    ),
    _C.UNKNOWN_FIELD: ProblemKind(
        422, "A field is not known", "Check its spelling; /docs lists the fields."
    ),
    _C.DUPLICATE_FIELD: ProblemKind(
        422, "A field was sent twice", "Send each field once."
    ),
    _C.INVALID_VALUE: ProblemKind(
        422, "A value is of the wrong kind", "`errors` says what each field takes."
    ),
    _C.OUT_OF_RANGE: ProblemKind(
        422, "A number is out of range", "`errors` gives each limit."
    ),
    _C.NOT_FINITE: ProblemKind(
        422, "A number is not finite", "NaN and infinity are no parameters."
    ),
    _C.UNKNOWN_PRESET: ProblemKind(
        422, "There is no such preset", "`errors` lists the presets."
    ),
    _C.INTERNAL_ERROR: ProblemKind(
        500,
        "The service met an unexpected error",
        "This is our fault. Report the request id; trying again may help.",
        retryable=True,
    ),
    _C.BROKER_UNAVAILABLE: ProblemKind(
        503,
        "The queue does not answer",
        "Try again after the time in Retry-After. Operators: see /readyz.",
        retryable=True,
    ),
    _C.STORAGE_UNAVAILABLE: ProblemKind(
        503,
        "The picture store does not answer",
        "Try again after the time in Retry-After. Operators: see /readyz.",
        retryable=True,
    ),
    _C.QUEUE_FULL: ProblemKind(
        503,
        "Too many jobs wait",
        "Try again after the time in Retry-After. Operators: add workers.",
        retryable=True,
    ),
    _C.TOO_MANY_UPLOADS: ProblemKind(
        503,
        "Too many uploads arrive at once",
        "Try again after the time in Retry-After.",
        retryable=True,
    ),
    _C.NOT_READY: ProblemKind(
        503,
        "The service is not ready",
        "`checks` names what is missing: the queue, the storage, or a worker.",
        retryable=True,
    ),
}
