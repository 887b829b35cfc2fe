"""Frames become packets, in segments that depend on nothing but their own frames.

So whoever goes on after a crash encodes the frames of the segment in hand once more,
and gets the bytes that he would have had. Equal numbers of frames make a segment, but
the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    VideoReformatter,
)
from PIL import Image

from worker.videofile.codecs import VideoCodec
from worker.videofile.frames import Pixels
from worker.videofile.packets import Packet

#: Frames of one segment: the first costs bits, and as many wait uncoded.
SEGMENT_FRAMES = 24
_PALETTE = "pal8"
_COLORS = 256


@dataclass(frozen=True, kw_only=True)
class Coding:
    """How frames are coded.

    Attributes:
        codec: which one.
        quality: 1 to 100.
        width: even, in pixels.
        height: likewise.
        base: of the frames' times, in seconds.
        rate: of the frames on average, in 1 / s.
    """

    codec: VideoCodec
    quality: int
    width: int
    height: int
    base: Fraction
    rate: Fraction


def encoded(
    frames: Sequence[Pixels], stamps: Sequence[int], coding: Coding
) -> list[Packet]:
    """Return a segment's packets, one a frame, in order.

    Args:
        frames: (H, W, 3) each, sRGB.
        stamps: when they are shown, rising, in ticks.
        coding: how.
    """
    context, reformatter = context_of(coding), VideoReformatter()
    packets: list[Packet] = []
    for pixels, stamp in zip(frames, stamps, strict=True):
        frame = coded_frame(pixels, reformatter, coding.codec)
        frame.pts, frame.time_base = stamp, coding.base
        packets += map(_packet, context.encode(frame))
    packets += map(_packet, context.encode(None))
    if len(packets) != len(frames):
        raise RuntimeError(f"{len(packets)} packets came of {len(frames)} frames")
    return packets


def context_of(coding: Coding) -> VideoCodecContext:
    """Return an encoder, not open yet."""
    context = av.CodecContext.create(coding.codec.encoder, "w")
    if not isinstance(context, VideoCodecContext):
        raise TypeError(f"{coding.codec.encoder} encodes no pictures")
    set_up(context, coding)
    context.flags |= Flags.global_header
    return context


def set_up(context: VideoCodecContext, coding: Coding) -> None:
    """Say how frames are coded to an encoder, or to a stream's."""
    context.width, context.height = coding.width, coding.height
    context.pix_fmt = coding.codec.pixel_format
    context.time_base, context.framerate = coding.base, coding.rate
    context.gop_size = SEGMENT_FRAMES
    context.thread_count = 1
    context.options = coding.codec.encoder_options(coding.quality)
    if coding.codec.pixel_format == _PALETTE:
        return
    context.color_range = int(ColorRange.MPEG)
    context.colorspace = int(Colorspace.ITU709)
    context.color_primaries = int(ColorPrimaries.BT709)
    context.color_trc = int(ColorTrc.BT709)


def coded_frame(
    pixels: Pixels, reformatter: VideoReformatter, codec: VideoCodec
) -> VideoFrame:
    """Return a frame in the colours that a codec takes."""
    if codec.pixel_format == _PALETTE:
        return _few_colors(pixels)
    return _coded_colors(pixels, reformatter, codec.pixel_format)


def _few_colors(pixels: Pixels) -> VideoFrame:
    """Return a frame in 256 colours of its own."""
    picture = Image.fromarray(pixels).quantize(
        _COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.FLOYDSTEINBERG
    )
    palette = np.zeros((_COLORS, 4), np.uint8)  # alpha, red, green, blue
    found = np.array(picture.getpalette("RGB"), np.uint8).reshape(-1, 3)
    palette[:, 0] = 255
    palette[: len(found), 1:] = found
    planes: Any = (np.asarray(picture), palette)  # Any: PyAV's stubs know no palettes
    return VideoFrame.from_ndarray(planes, format=_PALETTE)


def _coded_colors(
    pixels: Pixels, reformatter: VideoReformatter, pixel_format: str
) -> VideoFrame:
    """Return a frame by the matrix of ITU-R BT.709, in its limited range."""
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return reformatter.reformat(
        frame,
        format=pixel_format,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=int(ColorRange.MPEG),
        threads=1,
    )


def _packet(packet: "av.Packet[av.VideoStream]") -> Packet:
    if packet.pts is None:
        raise RuntimeError("a coded frame has no time")
    return Packet(packet.pts, packet.is_keyframe, bytes(packet))
