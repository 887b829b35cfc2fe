"""Pictures once around a cloud as a file: a clip where this worker writes some."""

import io
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from app.contract.kinds.pointcloud.kind import TURNTABLES
from worker.runners.runner import FinishedFile

if TYPE_CHECKING:
    from worker.videofile.codecs import VideoCodec

_RATE = 10
_FRAME_MS = 1000 // _RATE
#: Given pictures, returns the file.
Encode = Callable[[Sequence[Image.Image]], bytes]


class Turntables:
    """Writes pictures as the first form that can be written here.

    Args:
        codecs: names of those that an operator allows; None for all.
    """

    def __init__(self, codecs: tuple[str, ...] | None = None) -> None:
        self._media_type, self._encode = _found(codecs)

    def files(self, pictures: Sequence[Image.Image]) -> dict[str, FinishedFile]:
        """Return the turntable by its name; nothing of no pictures."""
        if not pictures:
            return {}
        name = next(n for n, kind in TURNTABLES.items() if kind == self._media_type)
        file = FinishedFile(
            media_type=self._media_type,
            to_bytes=partial(self._encode, pictures),
            facts={"width": pictures[0].width, "height": pictures[0].height},
        )
        return {name: file}


def _found(codecs: tuple[str, ...] | None) -> tuple[str, Encode]:
    if find_spec("av") is None:
        return "image/gif", _animated
    from worker.videofile.codecs import offered  # noqa: PLC0415 - an extra

    for codec in offered(codecs):
        if codec.media_type in TURNTABLES.values():
            return codec.media_type, partial(_clip, codec)
    return "image/gif", _animated


def _clip(codec: "VideoCodec", pictures: Sequence[Image.Image]) -> bytes:
    from worker.videofile.silent import silent_clip  # noqa: PLC0415 - an extra

    width, height = (side // 2 * 2 for side in pictures[0].size)
    frames = [np.asarray(each)[:height, :width] for each in pictures]
    return silent_clip(frames, _RATE, codec)


def _animated(pictures: Sequence[Image.Image]) -> bytes:
    first, *others = pictures
    file = io.BytesIO()
    first.save(
        file, "GIF", save_all=True, append_images=others, duration=_FRAME_MS, loop=0
    )
    return file.getvalue()
