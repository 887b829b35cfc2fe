"""Where a clip stands, as bytes: what the next attempt goes on from.

Coded segments are kept as they are; the frames of the segment in hand wait for the rest
of it, lossless, so that whoever goes on gets the same bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from worker.engine.video.frames import Pixels
from worker.engine.video.numbers import ShotNumbers
from worker.engine.video.painter import ClipState
from worker.engine.video.steadiness import Carried, Layer
from worker.runners.runner import StateRefusedError
from worker.videofile.packets import Packet, packed, unpacked

#: Raised when a state of before cannot be gone on from.
_FORMAT = "impasto-video-state-2"
#: Quick, and no larger than it must be: frames are kept for a second or two.
_COMPRESSION = (cv2.IMWRITE_PNG_COMPRESSION, 1)


@dataclass(frozen=True)
class Clip:
    """What is made of a clip so far.

    Attributes:
        state: of the painting.
        packets: of the segments that are coded.
        waiting: the frames that are not.
        stamps: when those are shown, in ticks.
        lasting: of the last frame, in ticks.
        poster: the first picture.
    """

    state: ClipState
    packets: Sequence[Packet]
    waiting: Sequence[Pixels]
    stamps: Sequence[int]
    lasting: int
    poster: Pixels

    def tensors(self) -> dict[str, NDArray[Any]]:  # Any: of several types
        """Return what `of` takes."""
        state, carried = self.state, self.state.carried
        told = {
            "done": state.done,
            "age": carried.age,
            "shots": [each.as_json() for each in state.shots],
            "waiting": list(self.stamps),
            "lasting": self.lasting,
            "fresh": state.fresh is not None,
        }
        pictures = [carried.last.picture, carried.key.picture, self.poster]
        pictures += [] if state.fresh is None else [state.fresh]
        files = [_file(each) for each in (*pictures, *self.waiting)]
        return {
            "clip": _written(told),
            "reference": state.reference,
            "flow": carried.flow,
            "seen": carried.seen,
            "shown": carried.last.shown,
            "key_shown": carried.key.shown,
            "pictures": np.concatenate(files),
            "picture_sizes": np.array([len(each) for each in files], np.int64),
            **packed(self.packets),
        }

    @classmethod
    def of(cls, tensors: dict[str, NDArray[Any]]) -> "Clip":  # Any: as above
        """Return what was told."""
        told = json.loads(tensors["clip"].tobytes())
        ends = np.cumsum(tensors["picture_sizes"])[:-1]
        files = np.split(tensors["pictures"], ends)
        last, key, poster, *waiting = map(_picture, files)
        fresh = waiting.pop(0) if told["fresh"] else None
        packets = unpacked(
            tensors["stamps"].tolist(),
            tensors["keys"].tolist(),
            tensors["sizes"].tolist(),
            tensors["code"].tobytes(),
        )
        carried = Carried(
            Layer(last, tensors["shown"]),
            Layer(key, tensors["key_shown"]),
            tensors["flow"],
            tensors["seen"],
            told["age"],
        )
        shots = tuple(ShotNumbers.of(each) for each in told["shots"])
        state = ClipState(told["done"], tensors["reference"], carried, fresh, shots)
        return cls(state, packets, waiting, told["waiting"], told["lasting"], poster)


class Standing(NamedTuple):
    """Where a job stands.

    Attributes:
        clip: what is made; None before the first frame is.
        unfinished: of the next frame, what its painter goes on from, if it was begun.
    """

    clip: Clip | None
    unfinished: bytes | None


def to_bytes(job_id: str, clip: Clip | None, unfinished: bytes | None = None) -> bytes:
    """Return where a job stands, for the job of this id alone."""
    tensors = {} if clip is None else clip.tensors()
    tensors["told"] = _written({"format": _FORMAT, "job_id": job_id})
    if unfinished is not None:
        tensors["unfinished"] = np.frombuffer(unfinished, np.uint8)
    return save({name: np.ascontiguousarray(t) for name, t in tensors.items()})


def from_bytes(content: bytes, job_id: str) -> Standing:
    """Return what `to_bytes` was given.

    Raises:
        StateRefusedError: It is damaged, another job's or another version's.
    """
    try:
        tensors = load(content)
        told = json.loads(tensors["told"].tobytes())
        if (told["format"], told["job_id"]) != (_FORMAT, job_id):
            raise StateRefusedError("the state is another job's or version's")
        unfinished = tensors.get("unfinished")
        return Standing(
            Clip.of(tensors) if "clip" in tensors else None,
            None if unfinished is None else unfinished.tobytes(),
        )
    except (SafetensorError, ValueError, KeyError, TypeError, cv2.error) as error:
        raise StateRefusedError(f"the state cannot be read: {error}") from error


def _written(told: dict[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(told).encode(), np.uint8)


def _file(pixels: Pixels) -> NDArray[np.uint8]:
    """Return a frame as a PNG."""
    # OpenCV takes the first channel for blue; so does `_picture`.
    is_done, content = cv2.imencode(".png", pixels, _COMPRESSION)
    if not is_done:
        raise RuntimeError("a frame could not be kept")
    return np.asarray(content, np.uint8).reshape(-1)


def _picture(content: NDArray[np.uint8]) -> Pixels:
    pixels = cv2.imdecode(content, cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("a frame is damaged")
    return np.asarray(pixels, np.uint8)
