"""What may be wrong with a submission besides its pictures."""

from app.problems.codes import ProblemCode as Code
from app.problems.kinds.kind import ProblemKind

KINDS: dict[Code, ProblemKind] = {
    Code.MISSING_CONTENT: ProblemKind(
        422,
        "The photograph is missing",
        "Send it as the file `content` (curl: -F content=@photo.jpg); in JSON as "
        "`content` or, of a batch, `contents`.",
    ),
    Code.MISSING_STYLE: ProblemKind(
        422,
        "The painting is missing",
        "Send it as the file `style` (curl: -F style=@painting.jpg), name one of the "
        "library as `style_id`, or, in JSON, list them as `styles`.",
    ),
    Code.TOO_MANY_STYLES: ProblemKind(
        422,
        "There are too many paintings",
        "Files `style` and names `style_id` together may be four.",
    ),
    Code.TOO_MANY_MASKS: ProblemKind(
        422,
        "There are too many masks",
        "Each painting may have one `mask` and one `style_mask`, in the same order. A "
        "job keeps the masks that its changes name, up to 256.",
    ),
    Code.TOO_MANY_BATCH_JOBS: ProblemKind(
        422,
        "The batch has too many jobs",
        "Photographs times paintings may be 32; send several batches.",
    ),
    Code.STYLE_WEIGHTS_MISMATCH: ProblemKind(
        422,
        "There is not one weight for each painting",
        "Send `style_weight` once for each `style`, in the same order, or not at all.",
    ),
    Code.UNKNOWN_LAYER: ProblemKind(
        422,
        "The network has no such layer",
        "`errors` lists its layers; a VGG16 has fewer than a VGG19.",
    ),
    Code.UNKNOWN_KIND: ProblemKind(
        422,
        "There is no such kind of job",
        "`errors` lists the kinds that are offered here.",
    ),
    Code.KIND_UNAVAILABLE: ProblemKind(
        422,
        "That kind of job is not offered here",
        "`errors` lists the kinds that are; the detail says what whoever runs the "
        "service installs, or that it is batches that are not.",
    ),
    Code.NOT_APPLICABLE: ProblemKind(
        422,
        "A field belongs to another kind of job",
        "Leave it out, or ask for the kind that the detail names.",
    ),
    Code.UNKNOWN_FIELD: ProblemKind(
        422, "A field is not known", "Check its spelling; /docs lists the fields."
    ),
    Code.DUPLICATE_FIELD: ProblemKind(
        422, "A field was sent twice", "Send each field once."
    ),
    Code.INVALID_VALUE: ProblemKind(
        422, "A value is of the wrong kind", "`errors` says what each field takes."
    ),
    Code.OUT_OF_RANGE: ProblemKind(
        422, "A number is out of range", "`errors` gives each limit."
    ),
    Code.NOT_FINITE: ProblemKind(
        422, "A number is not finite", "NaN and infinity are no parameters."
    ),
    Code.UNKNOWN_DATASET: ProblemKind(
        422, "There is no such data set", "GET /v1/datasets lists those that there are."
    ),
    Code.UNKNOWN_PRESET: ProblemKind(
        422, "There is no such preset", "`errors` lists the presets."
    ),
    Code.EXCEEDS_MEMORY: ProblemKind(
        422,
        "The picture cannot fit into a worker's memory",
        "Ask for the size that the detail names, or leave `memory` at auto.",
    ),
    Code.WEBHOOK_URL_FORBIDDEN: ProblemKind(
        422,
        "The webhook's URL may not be called",
        "Only https URLs of public hosts are called.",
    ),
    Code.TOO_MANY_ACTIVE_JOBS: ProblemKind(
        429,
        "The key has too many unfinished jobs",
        "Wait for one to end, or cancel one.",
        retryable=True,
    ),
}
