"""Which finished jobs tell how long a new one will take, and how much each tells.

A job's time over its work, as its kind reckons it, is nearly the same for all that are
alike on one device. Those count first; if there are too few, others of the same device
count a little. What another device took, or another kind of job, tells nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.contract.inputs import Facts
from app.contract.kind import AnyKind
from app.contract.records.samples import Sample
from app.estimates.quantiles import Quantiles, weighted_quantiles

#: So many alike are enough: others are not looked at.
ENOUGH = 5
#: How much a sample counts that is alike in everything, in the costly choices, or only
#: in its device.
_WEIGHT_OF_TIER = (1.0, 0.25, 0.0625)


@dataclass(frozen=True)
class SimilarJobs:
    """The samples that a new job is compared with.

    Attributes:
        weighted: samples, and how much each counts.
        are_alike: whether all are like the new job.
    """

    weighted: list[tuple[Sample, float]]
    are_alike: bool

    def seconds_per_work(self) -> Quantiles:
        """Return the quantiles of the time of one unit of work."""
        return weighted_quantiles(
            (each.predict_seconds / each.work, weight) for each, weight in self.weighted
        )


def find_similar_jobs(
    samples: Sequence[Sample], kind: AnyKind, ours: Facts, devices: Collection[str]
) -> SimilarJobs | None:
    """Return what tells about a new job, or None if nothing does."""
    placed = [
        (each, kind.unlikeness(_traits(each), ours))
        for each in samples
        if _tells(each, kind, devices)
    ]
    if not placed:
        return None
    for tier in range(len(_WEIGHT_OF_TIER)):
        found = [(each, t) for each, t in placed if t <= tier]
        if len(found) >= ENOUGH or len(found) == len(placed):
            break
    weighted = [
        (each, _WEIGHT_OF_TIER[t] * kind.closeness(_traits(each), ours))
        for each, t in found
    ]
    return SimilarJobs(weighted, are_alike=all(t == 0 for _, t in found))


def _tells(sample: Sample, kind: AnyKind, devices: Collection[str]) -> bool:
    return sample.device in devices and sample.kind == kind.name


def _traits(sample: Sample) -> Facts:
    """Return a sample's traits, with the precision that it was computed in."""
    return {**sample.traits, "precision": sample.precision}
