"""What may be wrong with a clip."""

from app.problems.codes import ProblemCode as Code
from app.problems.kinds.kind import ProblemKind

KINDS: dict[Code, ProblemKind] = {
    Code.UNSUPPORTED_VIDEO_TYPE: ProblemKind(
        415,
        "The file is not a video",
        "MP4, MOV, WebM, Matroska, AVI, MPEG, GIF and animated PNG are taken. The "
        "first bytes count, not the name; a still picture is a job of the kind image.",
    ),
    Code.VIDEO_UNREADABLE: ProblemKind(
        422,
        "The video is damaged",
        "It is cut off or corrupt, or has no moving picture in it: play it, and save "
        "it again.",
    ),
    Code.VIDEO_UNSUPPORTED_CODEC: ProblemKind(
        422,
        "The video is coded in a way that this service cannot read",
        "Save it as MP4 with H.264, or as WebM with VP9.",
    ),
    Code.VIDEO_TOO_LONG: ProblemKind(
        422, "The video is too long", "Cut it: the detail says what is allowed."
    ),
    Code.VIDEO_TOO_MANY_PIXELS: ProblemKind(
        422, "The video's frames are too large", "Scale it down."
    ),
    Code.VIDEO_TOO_SMALL: ProblemKind(
        422, "The video's frames are too small", "Send one whose sides reach the limit."
    ),
}
