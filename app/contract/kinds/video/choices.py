"""The words that a client may choose from."""

from enum import StrEnum


class Flow(StrEnum):
    """How the motion between two frames is found."""

    DIS = "dis"
    DIS_FAST = "dis_fast"


class Format(StrEnum):
    """Which container the result has."""

    AUTO = "auto"
    MP4 = "mp4"
    WEBM = "webm"
    GIF = "gif"
    WEBP = "webp"


class Codec(StrEnum):
    """How the result is coded."""

    AUTO = "auto"
    H264 = "h264"
    VP9 = "vp9"
    AV1 = "av1"


class Audio(StrEnum):
    """What becomes of the sound."""

    COPY = "copy"
    DROP = "drop"


MEDIA_TYPES = {
    Format.MP4: "video/mp4",
    Format.WEBM: "video/webm",
    Format.GIF: "image/gif",
    Format.WEBP: "image/webp",
}
#: The codecs that a container takes here, the usual one first; the others have one.
CODECS_OF_FORMAT: dict[Format, tuple[Codec, ...]] = {
    Format.MP4: (Codec.H264, Codec.AV1),
    Format.WEBM: (Codec.VP9, Codec.AV1),
}
