"""Which finished jobs tell how long a new one will take, and how much each tells.

A job's time over its work (`kinds.image.work`) is nearly the same for all jobs of one
kind on one device. Jobs of the same kind count first; if there are too few, others of
the same device count a little. What another device took tells nothing.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.contract.kinds.image.choices import Preset
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.work import work_of_steps
from app.contract.samples import Sample
from app.estimates.quantiles import Quantiles, weighted_quantiles

#: So many alike are enough: others are not looked at.
ENOUGH = 5
#: How much a sample counts that is alike in everything, in the costly choices, or only
#: in its device.
_WEIGHT_OF_TIER = (1.0, 0.25, 0.0625)
#: Of another number of paintings: their statistics cost time, too.
_OTHER_STYLES = 0.5


@dataclass(frozen=True)
class Likes:
    """The samples that a new job is compared with.

    Attributes:
        weighted: samples, and how much each counts.
        are_alike: whether all are of the new job's own kind.
    """

    weighted: list[tuple[Sample, float]]
    are_alike: bool

    def seconds_per_work(self) -> Quantiles:
        """Return the quantiles of the time of one megapixel-step."""
        return weighted_quantiles(
            (each.predict_seconds / _work(each), weight)
            for each, weight in self.weighted
        )


def find_likes(
    samples: Sequence[Sample],
    params: StyleTransferParameters,
    pixels: int,
    styles: int,
    devices: Collection[str],
) -> Likes | None:
    """Return what tells about a new job, or None if nothing does.

    Args:
        samples: of the last jobs.
        params: of the new one.
        pixels: of its result.
        styles: how many paintings.
        devices: those that it may run on.
    """
    placed = [(each, _tier(each, params)) for each in samples if each.device in devices]
    if not placed:
        return None
    for tier in range(len(_WEIGHT_OF_TIER)):
        found = [(each, t) for each, t in placed if t <= tier]
        if len(found) >= ENOUGH or len(found) == len(placed):
            break
    weighted = [(s, _weight(s, t, pixels, styles)) for s, t in found]
    return Likes(weighted, are_alike=all(t == 0 for _, t in found))


def _tier(sample: Sample, params: StyleTransferParameters) -> int:
    precision_fits = params.precision in {"auto", sample.precision}
    costly = (sample.network, sample.optimizer) == (params.network, params.optimizer)
    rest = (sample.style_loss, sample.memory) == (params.style_loss, params.memory)
    if costly and rest and precision_fits:
        return 0
    return 1 if costly else 2


def _weight(sample: Sample, tier: int, pixels: int, styles: int) -> float:
    ratio = sample.width * sample.height / pixels
    weight = _WEIGHT_OF_TIER[tier] * math.sqrt(min(ratio, 1 / ratio))
    return weight if sample.styles == styles else weight * _OTHER_STYLES


def _work(sample: Sample) -> float:
    """Return the sample's megapixel-steps; reckoned, if only the steps were noted."""
    if sample.work is not None:
        return sample.work
    return work_of_steps(
        Preset(sample.preset), sample.steps, sample.width, sample.height
    )
