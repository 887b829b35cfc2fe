"""What is measured of each frame, and what comes of it for a shot."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple


class FrameNumbers(NamedTuple):
    """What is measured of one frame that goes on from another; 0 to 1.

    Attributes:
        error: from the last picture, carried here.
        source: the same, of the source.
        sharpness: of the picture.
        share: part of the frame whose motion is trusted.
        alone: the error of frames that are painted alone; None where none is.
        alone_sharpness: of the frame painted alone.
    """

    error: float
    source: float
    sharpness: float
    share: float
    alone: float | None
    alone_sharpness: float | None


@dataclass
class ShotNumbers:
    """The sums of a shot so far.

    Attributes:
        first: the number of its first frame, from 0.
        frames: how many it has.
        pairs: of them that went on from another.
        sums: of each of `FrameNumbers`, over the pairs.
        worst: the largest error.
        worst_frame: the number of that frame.
    """

    first: int
    frames: int = 1
    pairs: int = 0
    sums: tuple[float | None, ...] = (0.0,) * len(FrameNumbers._fields)
    worst: float = 0.0
    worst_frame: int | None = None

    def add(self, number: int, numbers: FrameNumbers | None) -> None:
        """Count one more frame.

        Args:
            number: of the frame, from 0.
            numbers: None where it goes on from no other.
        """
        self.frames += 1
        if numbers is None:
            return
        self.pairs += 1
        self.sums = tuple(
            None if a is None or b is None else a + b
            for a, b in zip(self.sums, numbers, strict=True)
        )
        if numbers.error > self.worst:
            self.worst, self.worst_frame = numbers.error, number

    def as_json(self) -> dict[str, Any]:  # Any: of mixed types
        """Return what `of` takes."""
        return asdict(self)

    @classmethod
    def of(cls, told: dict[str, Any]) -> "ShotNumbers":  # Any: as above
        """Return what was told."""
        return cls(**{**told, "sums": tuple(told["sums"])})

    def report(self) -> dict[str, float | int | None]:
        """Return what people read of a shot."""
        told: dict[str, float | int | None] = {
            "first_frame": self.first,
            "frames": self.frames,
        }
        return {**told, **_means([self]), "worst_frame": self.worst_frame}


def report(shots: Iterable[ShotNumbers]) -> dict[str, Any]:  # Any: as above
    """Return the numbers of a whole clip, and of each shot."""
    listed = list(shots)
    return {
        "frames": sum(each.frames for each in listed),
        **_means(listed),
        "shots": [each.report() for each in listed],
    }


def _means(shots: list[ShotNumbers]) -> dict[str, float | int | None]:
    """Return the means over pairs; None where there is none, or where it is unknown."""
    pairs = sum(each.pairs for each in shots)
    names = {
        "warping_error": "error",
        "warping_error_alone": "alone",
        "warping_error_source": "source",
        "sharpness": "sharpness",
        "sharpness_alone": "alone_sharpness",
        "mask_share": "share",
    }
    means: dict[str, float | int | None] = {}
    for name, field in names.items():
        place = FrameNumbers._fields.index(field)
        sums = [each.sums[place] for each in shots if each.pairs]
        known = [each for each in sums if each is not None]
        is_known = pairs > 0 and len(known) == len(sums)
        means[name] = round(sum(known) / pairs, 5) if is_known else None
    return means
