"""A clip of our own pictures, without sound: a turntable."""

import io
from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction

import av
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from worker.videofile.codecs import VideoCodec
from worker.videofile.encoding import Coding, coded_frame, set_up
from worker.videofile.frames import Pixels

_QUALITY = 75


def silent_clip(frames: Sequence[Pixels], rate: int, codec: VideoCodec) -> bytes:
    """Return a playable file.

    Args:
        frames: (H, W, 3) each, sRGB; H and W even.
        rate: in 1 / s.
        codec: how they are coded; it also says the container.
    """
    height, width = frames[0].shape[:2]
    coding = Coding(
        codec=codec,
        quality=_QUALITY,
        width=width,
        height=height,
        base=Fraction(1, rate),
        rate=Fraction(rate),
    )
    file, reformatter = io.BytesIO(), VideoReformatter()
    options = {"fflags": "+bitexact"}
    with closing(
        av.open(file, "w", format=codec.container, container_options=options)
    ) as out:
        stream = out.add_stream(codec.encoder, rate=coding.rate)
        if not isinstance(stream, VideoStream):
            raise TypeError(f"{codec.encoder} encodes no pictures")
        set_up(stream.codec_context, coding)
        for number, pixels in enumerate(frames):
            frame = coded_frame(pixels, reformatter, codec)
            frame.pts, frame.time_base = number, coding.base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()
