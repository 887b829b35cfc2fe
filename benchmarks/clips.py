"""Clips for measurements: a made one whose occlusion is known, and files."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures import at_size, content_picture, vivid_picture
from worker.engine.video.frames import Pixels

#: Pixels a frame, of what is seen: the ground moves left, the patch right.
_GROUND_PX, _PATCH_PX = 2, 6


class MadeClip(NamedTuple):
    """A photograph that moves, and a patch that moves before it.

    Attributes:
        frames: (H, W, 3) each.
        uncovered: (H, W) of each: what its frame shows and the one before does not.
    """

    frames: list[Pixels]
    uncovered: list[NDArray[np.bool_]]


def made_clip(count: int, size_px: int) -> MadeClip:
    """Return so many frames, 4:3; all motion is of whole pixels."""
    width, height = size_px, 2 * round(size_px * 3 / 8)
    wide = np.asarray(at_size(content_picture(), 2 * size_px))
    side = size_px // 4
    patch = np.asarray(at_size(vivid_picture(), 2 * side))[:side, :side]
    rows = slice(height // 3, height // 3 + side)
    frames, uncovered, last, last_left = [], [], np.ones((height, width), bool), 0
    for number in range(count):
        left = _to_and_fro(_GROUND_PX * number, width)
        begin = _to_and_fro(_PATCH_PX * number, width - side)
        frame = wide[:height, left : left + width].copy()
        frame[rows, begin : begin + side] = patch
        covers = np.zeros((height, width), bool)
        covers[rows, begin : begin + side] = True
        # Of the ground, what came in at a side and what the patch hid.
        came_from = np.arange(width) + left - last_left
        is_outside = (came_from < 0) | (came_from >= width)
        was_hidden = last[:, came_from.clip(0, width - 1)]
        frames.append(frame)
        uncovered.append((was_hidden | is_outside) & ~covers)
        last, last_left = covers, left
    return MadeClip(frames, uncovered)


def _to_and_fro(way_px: int, span_px: int) -> int:
    """Return where on a span something is that turns round at its ends."""
    turns, rest = divmod(way_px, span_px)
    return span_px - rest if turns % 2 else rest


def clip_frames(path: Path, count: int, size_px: int, begin: int = 0) -> list[Pixels]:
    """Return so many frames of a file, at that long side."""
    frames = []
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number < begin:
                continue
            pixels = frame.to_ndarray(format="rgb24")
            scale = size_px / max(pixels.shape)
            size = [2 * round(side * scale / 2) for side in pixels.shape[1::-1]]
            frames.append(
                np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
            )
            if len(frames) == count:
                break
    return frames


def write_clip(path: Path, frames: Sequence[Pixels], rate: int = 25) -> None:
    """Write frames as an MP4 file without sound."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 20 * width * height
        for pixels in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
