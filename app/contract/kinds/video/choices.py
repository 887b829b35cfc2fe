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


class Codec(StrEnum):
    """How the result is coded."""

    AUTO = "auto"
    H264 = "h264"
    VP9 = "vp9"


class Audio(StrEnum):
    """What becomes of the sound."""

    COPY = "copy"
    DROP = "drop"


MEDIA_TYPES = {Format.MP4: "video/mp4", Format.WEBM: "video/webm"}
#: The codecs that a container takes here, the usual one first.
CODECS_OF_FORMAT = {Format.MP4: (Codec.H264,), Format.WEBM: (Codec.VP9,)}


def container_of(codec: Codec) -> Format:
    """Return the container that a codec goes into."""
    return next(f for f, codecs in CODECS_OF_FORMAT.items() if codec in codecs)
