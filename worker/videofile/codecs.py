"""How clips are coded here: which codecs there are, and what quality means to each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import av
from av.codec import Codec, codecs_available


@dataclass(frozen=True)
class VideoCodec:
    """One that results may have.

    Attributes:
        name: as clients say it.
        encoder: FFmpeg's name of what encodes it.
        container: FFmpeg's name of the container that it goes into.
        media_type: of that.
        copied_sounds: codecs of sound that this container and its players take.
        sound_encoder: for all other sounds; None where there can be none.
        rate: the encoder's option for how good it is; None where there is none.
        worst: its value for quality 0.
        best: likewise, of quality 100.
        pixel_format: FFmpeg's name of what is coded.
        options: of the encoder. Frames depend on earlier ones alone, so that each is
            one packet in its order; one thread, so that equal frames give equal bytes.
    """

    name: str
    encoder: str
    container: str
    media_type: str
    copied_sounds: frozenset[str]
    sound_encoder: str | None
    worst: float
    best: float
    options: Mapping[str, str]
    rate: str | None = "crf"
    pixel_format: str = "yuv420p"

    def encoder_options(self, quality: int) -> dict[str, str]:
        """Return the options for a quality from 1 to 100."""
        if self.rate is None:
            return {**self.options}
        factor = self.worst + (self.best - self.worst) * quality / 100
        return {**self.options, self.rate: str(round(factor))}


_MP4_SOUNDS = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "alac"})
_WEBM_SOUNDS = frozenset({"opus", "vorbis"})
_AV1 = VideoCodec(
    name="av1",
    encoder="libsvtav1",
    container="mp4",
    media_type="video/mp4",
    copied_sounds=_MP4_SOUNDS,
    sound_encoder="aac",
    worst=60,
    best=16,
    # One picture in, one out, so that each is one packet in its order.
    options={"preset": "10", "svtav1-params": "pred-struct=1:lp=1:rtc=1"},
)

#: The first ones are the usual ones of their containers, those after them on request.
CODECS = (
    VideoCodec(
        name="h264",
        encoder="libx264",
        container="mp4",
        media_type="video/mp4",
        copied_sounds=_MP4_SOUNDS,
        sound_encoder="aac",
        worst=40,
        best=12,
        options={"preset": "veryfast", "bf": "0"},
    ),
    VideoCodec(
        name="vp9",
        encoder="libvpx-vp9",
        container="webm",
        media_type="video/webm",
        copied_sounds=_WEBM_SOUNDS,
        sound_encoder="libopus",
        worst=60,
        best=16,
        options={
            "deadline": "realtime",
            "cpu-used": "8",
            "b": "0",
            "lag-in-frames": "0",
            "auto-alt-ref": "0",
        },
    ),
    _AV1,
    replace(
        _AV1,
        container="webm",
        media_type="video/webm",
        copied_sounds=_WEBM_SOUNDS,
        sound_encoder="libopus",
    ),
    VideoCodec(
        name="gif",
        encoder="gif",
        container="gif",
        media_type="image/gif",
        copied_sounds=frozenset(),
        sound_encoder=None,
        worst=0,
        best=0,
        # Each picture whole: palettes differ.
        options={"gifflags": "0"},
        rate=None,
        pixel_format="pal8",
    ),
    VideoCodec(
        name="webp",
        encoder="libwebp",
        container="webp",
        media_type="image/webp",
        copied_sounds=frozenset(),
        sound_encoder=None,
        worst=0,
        best=100,
        options={},
        rate="quality",
    ),
)


def codec_of(name: str, container: str) -> VideoCodec:
    """Return one of `CODECS`."""
    return next(
        each for each in CODECS if (each.name, each.container) == (name, container)
    )


def offered(allowed: tuple[str, ...] | None = None) -> list[VideoCodec]:
    """Return the codecs that this installation encodes, the usual one first.

    Args:
        allowed: what an operator allows, by name; None for all.
    """
    return [
        codec
        for codec in CODECS
        if codec.encoder in codecs_available
        and (allowed is None or codec.name in allowed)
        and _can_encode(codec.encoder)
    ]


def _can_encode(encoder: str) -> bool:
    try:
        return Codec(encoder, "w").is_encoder
    except av.codec.codec.UnknownCodecError:
        return False
