"""A painted frame, and a finished clip, in the contract's words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from PIL import Image

from app.contract.artifacts import RESULT
from app.contract.inputs import Facts
from app.contract.updates import Update
from worker.engine.video.frames import Pixels
from worker.engine.video.judging import Judgement
from worker.engine.video.numbers import report
from worker.engine.video.painter import Unfinished
from worker.engine.video.plot import plot
from worker.runners.pictures import encoded, small_jpeg
from worker.runners.runner import FinishedFile, Jpeg
from worker.runners.video.state import Clip, to_bytes

_POSTER_QUALITY = 90


@dataclass(frozen=True, kw_only=True)
class VideoTick:
    """Implements the port's `Tick`: after one frame.

    Attributes:
        job_id: whose.
        clip: what is made so far.
        share: part of the frame that was carried on.
        total: frames of the whole.
        elapsed_s: since the first frame was begun.
        is_resumable: whether the clip can be gone on from here.
    """

    job_id: str
    clip: Clip
    share: float
    total: int
    elapsed_s: float
    is_resumable: bool = True

    @property
    def picture(self) -> Pixels:
        """The newest."""
        return self.clip.state.carried.last.picture

    @property
    def update(self) -> Update:
        """How far the clip is."""
        state = self.clip.state
        height, width = self.picture.shape[:2]
        total = max(self.total, state.done)
        shot = {"shot": len(state.shots), "mask_share": round(self.share, 3)}
        return Update(
            fraction=state.done / total,
            unit="frames",
            step=state.done,
            total_steps=total,
            details={"width": width, "height": height, "video": shot},
            elapsed_seconds=self.elapsed_s,
            updated_at=datetime.now(UTC),
        )

    @property
    def is_last(self) -> bool:
        """Whether the clip is done: never with a frame."""
        return False

    @property
    def stopped_early(self) -> bool:
        """Likewise."""
        return False

    def preview(self) -> Callable[[], Jpeg]:
        """Return what encodes the newest picture."""
        return partial(small_jpeg, Image.fromarray(self.picture))

    def state(self) -> Callable[[], bytes] | None:
        """Return what encodes where the clip stands; None between two key frames."""
        if not self.is_resumable:
            return None
        return partial(to_bytes, self.job_id, self.clip)

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return nothing: the file is put together at the end."""
        return {}


@dataclass(frozen=True, kw_only=True)
class FinishedTick(VideoTick):
    """The last tick of a clip.

    Attributes:
        content: the file.
        media_type: of it.
        facts: of it.
        poster: its first picture.
        judgement: what is measured of the file.
        is_early: whether it is because somebody asked for an early end.
    """

    content: bytes
    media_type: str
    facts: Facts
    poster: Pixels
    judgement: Judgement
    is_early: bool

    @property
    def is_last(self) -> bool:
        """Whether the clip is done."""
        return True

    @property
    def stopped_early(self) -> bool:
        """Whether it is because somebody asked for an early end."""
        return self.is_early

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return the clip, its first picture, and what was measured, drawn too."""
        height, width = self.picture.shape[:2]
        size: Facts = {"width": width, "height": height}
        poster = Image.fromarray(self.poster)
        told = report(self.clip.state.shots)
        told["judgement"] = self.judgement.report()
        numbers = json.dumps(told, indent=1).encode()
        drawing = plot(self.judgement.shots).encode()
        return {
            RESULT: FinishedFile(
                media_type=self.media_type,
                to_bytes=lambda: self.content,
                facts={**size, "video": self.facts},
            ),
            "poster.jpg": FinishedFile(
                media_type="image/jpeg",
                to_bytes=partial(encoded, poster, "JPEG", quality=_POSTER_QUALITY),
                facts=size,
            ),
            "metrics.json": FinishedFile(
                media_type="application/json", to_bytes=lambda: numbers, facts={}
            ),
            "metrics.svg": FinishedFile(
                media_type="image/svg+xml", to_bytes=lambda: drawing, facts={}
            ),
        }


@dataclass(frozen=True, kw_only=True)
class UnfinishedTick:
    """Implements the port's `Tick`: while a frame is painted in many steps.

    Attributes:
        job_id: whose.
        clip: what is made so far, without this frame; None at the first one.
        frame: how far it is.
        size: of the result, width and height.
        total: frames of the whole.
        elapsed_s: since the first frame was begun.
    """

    job_id: str
    clip: Clip | None
    frame: Unfinished
    size: tuple[int, int]
    total: int
    elapsed_s: float
    is_last: bool = False
    stopped_early: bool = False

    @property
    def update(self) -> Update:
        """How far the clip is, the part of the frame included."""
        done = 0 if self.clip is None else self.clip.state.done
        shots = 1 if self.clip is None else len(self.clip.state.shots)
        width, height = self.size
        total = max(self.total, done + 1)
        shot = {"shot": shots, "frame_step": self.frame.step}
        return Update(
            fraction=(done + self.frame.fraction) / total,
            unit="frames",
            step=done,
            total_steps=total,
            details={"width": width, "height": height, "video": shot},
            elapsed_seconds=self.elapsed_s,
            updated_at=datetime.now(UTC),
        )

    def preview(self) -> Callable[[], Jpeg]:
        """Return what encodes the frame as it is."""
        return partial(small_jpeg, Image.fromarray(self.frame.picture()))

    def state(self) -> Callable[[], bytes]:
        """Return what encodes where the clip and this frame stand."""
        encode = self.frame.state()
        return lambda: to_bytes(self.job_id, self.clip, encode())

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return nothing: the file is put together at the end."""
        return {}


AnyTick: TypeAlias = VideoTick | UnfinishedTick
