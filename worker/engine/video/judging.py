"""How steady, sharp and like its paintings a finished clip is, beside its source.

Everything is measured on finished frames, whatever made them: motion is found in the
source alone. Knows neither files nor codecs; who looks at single pictures is given.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from worker.engine.images import to_tensor
from worker.engine.judgement.palette import oklab, palette_distance
from worker.engine.video.flow import FLOWS, FlowFinder, sampled, trusted, within
from worker.engine.video.frames import FlowField, Gray, Pixels, Trust
from worker.engine.video.measures import sharpness, warping_errors

#: The long-term error compares frames that lie so far apart.
FAR_FRAMES = 10
#: How sure a pixel that is followed over many frames must be.
_SEEN = 0.9
#: Colours are compared in pictures of this long side: it changes little, and is quick.
_COLORS_PX = 128

#: Returns numbers, by name, of a frame and the picture that was made of it.
Look = Callable[[Image.Image, Image.Image], Mapping[str, float]]


class Finished(NamedTuple):
    """A frame of the source and what was made of it, both (H, W, 3).

    Attributes:
        source: the frame.
        picture: what was made of it.
        begins: whether a shot begins with it.
        is_watched: whether it is compared with the frames before it.
    """

    source: Pixels
    picture: Pixels
    begins: bool
    is_watched: bool = True


class FrameErrors(NamedTuple):
    """What is measured of one frame; errors and sharpness are 0 to 1.

    Attributes:
        number: of the frame, from 0.
        error: from the last picture, carried here.
        source: the same, of the source: what the motion itself gets wrong.
        share: part of the frame whose motion is trusted.
        sharpness: of the picture.
        source_sharpness: of the frame.
        far: the error over `FAR_FRAMES`, and the source's; None for most frames.
    """

    number: int
    error: float
    source: float
    share: float
    sharpness: float
    source_sharpness: float
    far: tuple[float, float] | None


class _Anchor(NamedTuple):
    """A frame that later ones are followed back to.

    Attributes:
        frame: of it.
        age: how many frames ago it was.
        flow: from the newest frame to it.
        seen: 1 where it shows what the newest frame does.
    """

    frame: Finished
    age: int
    flow: FlowField
    seen: Trust

    def errors(self, frame: Finished) -> tuple[float, float]:
        """Return how far the newest frame is from it: the picture, and the source."""
        pairs = [
            (frame.picture, self.frame.picture),
            (frame.source, self.frame.source),
        ]
        made, source = warping_errors(pairs, self.flow, self.seen)
        return made, source

    @classmethod
    def at(cls, frame: Finished, shown: Gray) -> "_Anchor":
        still = np.zeros((*shown.shape, 2), np.float32)
        return cls(frame, 0, still, np.ones(shown.shape, np.float32))

    def followed(self, back: FlowField, trust: Trust) -> "_Anchor":
        """Return it one frame later."""
        flow: FlowField = back + sampled(self.flow, back)
        is_seen = (sampled(self.seen, back) * trust > _SEEN) & within(flow)
        return _Anchor(self.frame, self.age + 1, flow, is_seen.astype(np.float32))


@dataclass
class ShotErrors:
    """What is measured of one shot.

    Attributes:
        first: the number of its first frame.
        frames: how many it has.
        rows: of those that were compared.
        drift: distance of the colours from its first to its last frame, in pictures
            and in the source (sliced Wasserstein-1 in OKLab, times 100); 0 for one
            frame.
    """

    first: int
    frames: int = 1
    rows: list[FrameErrors] = field(default_factory=list)
    drift: tuple[float, float] = (0.0, 0.0)

    # Any: JSON of mixed types.
    def report(self) -> dict[str, Any]:
        """Return what people read of it."""
        worst = max(self.rows, key=lambda row: row.error, default=None)
        return {
            "first_frame": self.first,
            "frames": self.frames,
            **means(self.rows),
            "palette_drift": round(self.drift[0], 3),
            "palette_drift_source": round(self.drift[1], 3),
            "worst_frame": None if worst is None else worst.number,
            "worst_error": None if worst is None else round(worst.error, 5),
        }


class Judgement(NamedTuple):
    """What is measured of a clip.

    Attributes:
        shots: in their order.
        quality: numbers of those frames that were looked at, by the frame's number.
    """

    shots: list[ShotErrors]
    quality: dict[int, dict[str, float]]

    # Any: as above.
    def report(self) -> dict[str, Any]:
        """Return what people read: means of the clip, and each shot."""
        rows = [row for shot in self.shots for row in shot.rows]
        names = next(iter(self.quality.values()), {})
        quality = {
            name: round(fmean(each[name] for each in self.quality.values()), 5)
            for name in names
        }
        drifts = [shot.drift for shot in self.shots]
        return {
            "frames": sum(shot.frames for shot in self.shots),
            "frames_compared": len(rows),
            **means(rows),
            "palette_drift": round(max(each[0] for each in drifts), 3),
            "palette_drift_source": round(max(each[1] for each in drifts), 3),
            "quality": quality or None,
            "quality_frames": [*self.quality],
            "shots": [shot.report() for shot in self.shots],
        }


def judged(
    frames: Iterable[Finished],
    *,
    flow: str = "dis",
    look: Look | None = None,
    looked_at: Collection[int] = (),
) -> Judgement:
    """Return what is measured of a clip.

    Args:
        frames: in order, at least one.
        flow: a name of `FLOWS`.
        look: looks at single pictures, if anybody does.
        looked_at: the numbers of those.
    """
    shots: list[ShotErrors] = []
    quality: dict[int, dict[str, float]] = {}
    flows, shot = FlowFinder(FLOWS[flow]), None
    for number, frame in enumerate(frames):
        if look is not None and number in looked_at:
            pair = map(Image.fromarray, (frame.source, frame.picture))
            quality[number] = {**look(*pair)}
        if shot is None or frame.begins:
            if shot is not None:
                shots.append(shot.ended())
            shot = _Shot(ShotErrors(number), frame, frame)
        else:
            shot.add(number, frame, flows)
    if shot is None:
        raise ValueError("there is no frame to judge")
    return Judgement([*shots, shot.ended()], quality)


@dataclass
class _Shot:
    """A shot in work.

    Attributes:
        errors: of it so far.
        first: its first frame.
        last: the newest.
        anchor: what long-term errors are measured from; None where there is none.
    """

    errors: ShotErrors
    first: Finished
    last: Finished
    anchor: _Anchor | None = None

    def add(self, number: int, frame: Finished, flows: FlowFinder) -> None:
        """Count one more frame, and compare it with those before if that is wanted."""
        self.errors.frames += 1
        if frame.is_watched:
            self.errors.rows.append(self._compared(number, frame, flows))
        else:
            self.anchor = None
        self.last = frame

    def ended(self) -> ShotErrors:
        """Return what was measured, the colours of both ends included."""
        if self.errors.frames > 1:
            first, last = self.first, self.last
            made = _drift(first.picture, last.picture)
            self.errors.drift = made, _drift(first.source, last.source)
        return self.errors

    def _compared(self, number: int, frame: Finished, flows: FlowFinder) -> FrameErrors:
        last = self.last
        shown, before = flows.gray(frame.source), flows.gray(last.source)
        back = flows.between(shown, before)
        trust = trusted(back, flows.between(before, shown))
        error, source = warping_errors(
            [(frame.picture, last.picture), (frame.source, last.source)], back, trust
        )
        anchor = (self.anchor or _Anchor.at(last, before)).followed(back, trust)
        far = None
        if anchor.age == FAR_FRAMES:
            far = anchor.errors(frame)
        self.anchor = None if far else anchor
        return FrameErrors(
            number,
            error,
            source,
            float(trust.mean()),
            sharpness(frame.picture),
            sharpness(frame.source),
            far,
        )


def means(rows: Sequence[FrameErrors]) -> dict[str, float | None]:
    """Return the means over frames, and what they are of the source's."""
    far = [row.far for row in rows if row.far is not None]
    columns = {
        "warping_error": [(row.error, row.source) for row in rows],
        f"warping_error_{FAR_FRAMES}": far,
        "sharpness": [(row.sharpness, row.source_sharpness) for row in rows],
    }
    told: dict[str, float | None] = {}
    for name, pairs in columns.items():
        made = fmean(each[0] for each in pairs) if pairs else None
        source = fmean(each[1] for each in pairs) if pairs else None
        told[name], told[f"{name}_source"] = _rounded(made), _rounded(source)
        ratio = made / source if made is not None and source else None
        told[f"{name}_ratio"] = _rounded(ratio)
    told["mask_share"] = _rounded(fmean(row.share for row in rows)) if rows else None
    return told


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)


def _small(pixels: Pixels) -> Image.Image:
    picture = Image.fromarray(pixels)
    picture.thumbnail((_COLORS_PX, _COLORS_PX))
    return picture


def _drift(one: Pixels, other: Pixels) -> float:
    """Return how far the colours of two pictures are apart."""
    small = (_small(each) for each in (one, other))
    return palette_distance(*(oklab(to_tensor(each, *each.size)) for each in small))
