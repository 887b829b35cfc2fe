"""Decodes a clip in a process of its own: raw frames, upright, in sRGB, in its size.

`python -m worker.videofile.decode ORDER` reads the file that is its standard input.
"""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import chain
from typing import Any, BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.filter import Graph
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from PIL import Image, ImageSequence

from app.contract.kinds.video.probing import FORMATS, MOST_BYTES
from worker.videofile.frames import END, Pixels, ReadOrder, frame_head
from worker.videofile.limits import cpu_seconds, limit_self

_NO_PICTURE = Disposition.attached_pic | Disposition.timed_thumbnails
#: Source: ITU-T H.273, table 4: matrix coefficients are not said.
_UNSPECIFIED = {0, 2}
#: From this height on an unsaid matrix is that of HD (ITU-R BT.709).
_HD_HEIGHT_PX = 720
_QUARTER_TURN = 90


def main() -> int:
    """Write a line of JSON, frames, and a line of JSON."""
    order = ReadOrder(**json.loads(sys.argv[1]))
    limit_self(memory_bytes=MOST_BYTES, cpu_s=cpu_seconds(order.frames), file_bytes=0)
    av.logging.set_level(av.logging.PANIC)
    out = sys.stdout.buffer
    said: dict[str, Any] = {"notes": [], "error": None}  # Any: of mixed types
    done = 0  # with the first frame the head is written
    try:
        with closing(opened(sys.stdin.buffer)) as container:
            for each in _written(container, order, out, said):
                done = each
    # Hostile bytes make the decoders raise almost anything.
    except Exception as error:  # noqa: BLE001
        said["error"] = getattr(error, "strerror", None) or type(error).__name__
    line = json.dumps(said).encode() + b"\n"
    out.write(frame_head(END, 0) + line if done else line)
    out.flush()
    return 0


def opened(file: BinaryIO) -> InputContainer:
    """Return a stranger's file as a container; nothing but this file is opened."""
    file.seek(0)
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    return av.open(file, "r", options=options)


def frames_of(content: bytes) -> Iterator[Pixels]:
    """Yield the frames of a file that we have written, in this process."""
    if content.startswith(b"RIFF"):
        # FFmpeg reads no animated WebP.
        with Image.open(io.BytesIO(content)) as animation:
            for picture in ImageSequence.Iterator(animation):
                yield np.asarray(picture.convert("RGB"))
        return
    with closing(av.open(io.BytesIO(content), "r")) as container:
        stream = pictures_of(container)
        stream.codec_context.thread_count = 1
        reformatter = VideoReformatter()
        for frame in container.decode(stream):
            order = ReadOrder(width=frame.width, height=frame.height, frames=0)
            yield _pixels(frame, reformatter, order)


def pictures_of(container: InputContainer) -> VideoStream:
    """Return the stream of moving pictures: the default one, or the first."""
    streams = [s for s in container.streams.video if not s.disposition & _NO_PICTURE]
    usual = [s for s in streams if s.disposition & Disposition.default]
    return (usual or streams)[0]


# Any: JSON of mixed types.
def _written(
    container: InputContainer, order: ReadOrder, out: BinaryIO, said: dict[str, Any]
) -> Iterator[int]:
    """Write the frames that are wanted; yield how many there were by each."""
    stream = pictures_of(container)
    stream.codec_context.thread_count = 1
    frames = container.decode(stream)
    first = next(frames)
    if first.interlaced_frame:
        said["notes"].append("deinterlaced")
        frames = _deinterlaced(stream, chain([first], frames))
        first = next(frames)
    base = first.time_base or stream.time_base or Fraction(1, 1000)
    reformatter, count, last, origin = VideoReformatter(), 0, None, None
    begin = first.pts or 0
    for frame in chain([first], frames):
        stamp = frame.pts
        if stamp is None or (last is not None and stamp <= last):
            # Missing and doubled times: a frame is never lost for them.
            stamp = begin if last is None else last + max(1, frame.duration or 1)
        last = stamp
        seconds = float((stamp - begin) * base)
        if seconds < order.start_s:
            continue
        if order.end_s is not None and seconds >= order.end_s:
            return
        if origin is None:
            origin = stamp
            _write_head(out, stream, base, origin)
        count += 1
        if count > order.first:
            out.write(frame_head(stamp - origin, frame.duration or 0))
            out.write(_pixels(frame, reformatter, order).tobytes())
        yield count


def _write_head(
    out: BinaryIO, stream: VideoStream, base: Fraction, origin: int
) -> None:
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    told = {"base": str(base), "origin_s": str(origin * base), "rate": str(rate)}
    out.write(json.dumps(told).encode() + b"\n")


def _pixels(
    frame: VideoFrame, reformatter: VideoReformatter, order: ReadOrder
) -> Pixels:
    """Return a frame's pixels, upright."""
    turns = frame.rotation // _QUARTER_TURN % 4
    width, height = order.width, order.height
    if turns % 2:
        width, height = height, width
    is_smaller = width < frame.width
    scaled = reformatter.reformat(
        frame,
        width,
        height,
        "rgb24",
        src_colorspace=_matrix_of(frame),
        interpolation=(Interpolation.AREA if is_smaller else Interpolation.BICUBIC)
        | Interpolation.ACCURATE_RND
        | Interpolation.FULL_CHR_H_INT,
        threads=1,
    )
    # `rotation` is counterclockwise, and so is numpy's.
    return np.rot90(scaled.to_ndarray(), turns)


def _matrix_of(frame: VideoFrame) -> int:
    """Return by which matrix colours were coded; by the size where that is unsaid."""
    if frame.colorspace not in _UNSPECIFIED:
        return frame.colorspace
    is_hd = frame.height >= _HD_HEIGHT_PX
    return int(Colorspace.ITU709 if is_hd else Colorspace.ITU601)


def _deinterlaced(
    stream: VideoStream, frames: Iterator[VideoFrame]
) -> Iterator[VideoFrame]:
    """Yield as many frames, each of whole pictures (BBC's bwdif)."""
    graph = Graph()
    source = graph.add_buffer(template=stream)
    weave = graph.add("bwdif", "mode=send_frame:deint=interlaced")
    sink = graph.add("buffersink")
    source.link_to(weave)
    weave.link_to(sink)
    graph.configure()
    for frame in chain(frames, [None]):
        graph.push(frame)
        while True:
            try:
                made = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break
            if isinstance(made, VideoFrame):
                yield made


if __name__ == "__main__":
    sys.exit(main())
