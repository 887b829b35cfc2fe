"""Pictures of a clip become its file: segments are coded as they fill."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from app.contract.inputs import Facts
from app.contract.kinds.video.choices import Audio
from app.contract.kinds.video.parameters import ResolvedClip
from worker.engine.video.frames import Pixels
from worker.engine.video.painter import ClipState
from worker.runners.video.state import Clip
from worker.videofile.encoding import SEGMENT_FRAMES, Coding, encoded
from worker.videofile.frames import Frame, Times
from worker.videofile.packets import Packet
from worker.videofile.writing import Writing, Written, written


@dataclass
class Making:
    """Collects the pictures of one clip.

    Attributes:
        coding: how they are coded.
        packets: of the segments that are coded.
        waiting: the pictures that are not.
        stamps: when those are shown.
        lasting: of the last one, in ticks.
        first: the first picture.
    """

    coding: Coding
    packets: list[Packet] = field(default_factory=list)
    waiting: list[Pixels] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    lasting: int = 0
    first: Pixels | None = None

    @classmethod
    def resumed(cls, coding: Coding, clip: Clip | None) -> "Making":
        """Return what goes on from a clip; an empty one without."""
        if clip is None:
            return cls(coding)
        return cls(
            coding,
            [*clip.packets],
            [*clip.waiting],
            [*clip.stamps],
            clip.lasting,
            clip.poster,
        )

    def add(self, picture: Pixels, frame: Frame) -> None:
        """Take the picture of a frame; code a segment if it is full."""
        if self.first is None:
            self.first = picture
        self.waiting.append(picture)
        self.stamps.append(frame.stamp)
        self.lasting = frame.lasting or self._usual_ticks()
        if len(self.waiting) == SEGMENT_FRAMES:
            self._code()

    def clip(self, state: ClipState) -> Clip:
        """Return what is made so far; it does not change any more."""
        return Clip(
            state,
            (*self.packets,),
            (*self.waiting,),
            (*self.stamps,),
            self.lasting,
            self.poster,
        )

    def finished(self, writing: Writing, check: Callable[[], None]) -> Written:
        """Return the file of all pictures so far."""
        if self.waiting:
            self._code()
        return written(self.packets, writing, check)

    @property
    def poster(self) -> Pixels:
        """The first picture."""
        if self.first is None:
            raise ValueError("there is no picture yet")
        return self.first

    @property
    def is_variable(self) -> bool:
        """Whether pictures are shown for unlike times."""
        stamps = [each.stamp for each in self.packets] + self.stamps
        gaps = {b - a for a, b in pairwise(stamps)}
        # A coarse time base rounds each of them.
        return bool(gaps) and max(gaps) - min(gaps) > max(2, 0.1 * min(gaps))

    def _code(self) -> None:
        self.packets += encoded(self.waiting, self.stamps, self.coding)
        self.waiting, self.stamps = [], []

    def _usual_ticks(self) -> int:
        return max(1, round(1 / (self.coding.rate * self.coding.base)))


def writing_of(
    params: ResolvedClip,
    making: Making,
    times: Times,
    source: Path,
    *,
    is_early: bool,
) -> Writing:
    """Return how a clip's file is put together."""
    return Writing(
        coding=making.coding,
        times=times,
        source=source,
        keeps_sound=params.audio is Audio.COPY,
        is_cut=bool(params.start_seconds),
        is_short=is_early or params.end_seconds is not None,
        lasting=making.lasting,
    )


def facts_of(
    making: Making, made: Written, shots: int, notes: tuple[str, ...]
) -> Facts:
    """Return what is told of a finished clip."""
    coding, packets = making.coding, making.packets
    ticks = packets[-1].stamp + making.lasting
    words = [*notes]
    if made.is_sound_broken:
        words.append("the sound could not be read and is left out")
    return {
        "frames": len(packets),
        "frame_rate": f"{coding.rate.numerator}/{coding.rate.denominator}",
        "variable_rate": making.is_variable,
        "duration_seconds": round(float(ticks * coding.base), 3),
        "codec": coding.codec.name,
        "audio": str(made.sound),
        "shots": shots,
        "notes": [*words],
    }
