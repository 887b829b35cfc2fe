"""Does a job fit into a worker's memory: from what the workers say of themselves.

It errs on the side of letting a job in: what a worker does not tell refuses nothing,
and the worker itself refuses once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from app.contract.inputs import Inputs
from app.contract.kind import AUTO_MEMORY, AnyKind, Needs
from app.contract.workers import MemoryNeed, WorkerInfo
from app.problems import FieldError, ProblemCode, ProblemError

#: From the quickest to the thriftiest.
_MODES = ("whole", "checkpoint", "tiles")


@dataclass(frozen=True)
class MemoryFit:
    """What a job takes, by the words of the worker that suits it best.

    Attributes:
        needed_bytes: in the mode that would be chosen.
        fits: whether some live worker can hold it.
        largest_size: that fits with these parameters; None if not even the smallest.
    """

    needed_bytes: int
    fits: bool
    largest_size: int | None


def find_fit(
    infos: Sequence[WorkerInfo], kind: AnyKind, params: BaseModel, inputs: Inputs
) -> MemoryFit | None:
    """Return how the job fits; None if there is a worker that does not tell."""
    needs, lane = kind.needs(params, inputs), kind.lane(params)
    infos = [info for info in infos if lane in info.lanes]
    fits = [_fit_into(info, needs, kind, inputs) for info in infos]
    known = [fit for fit in fits if fit is not None]
    if not known or len(known) < len(fits):
        return None
    return max(known, key=lambda fit: (fit.fits, fit.largest_size or 0))


def require_memory(
    infos: Sequence[WorkerInfo], kind: AnyKind, params: BaseModel, inputs: Inputs
) -> None:
    """Refuse what no live worker can hold.

    Args:
        infos: of the live workers; without any, nothing is refused.
        kind: of the job.
        params: what is asked for.
        inputs: what it is made from.

    Raises:
        ProblemError: `exceeds_memory`, with the largest size that fits.
    """
    fit = find_fit(infos, kind, params, inputs)
    if fit is None or fit.fits:
        return
    hint = (
        f"the largest size that fits is {fit.largest_size}"
        if fit.largest_size is not None
        else "no size fits"
    )
    size = getattr(params, "size", None)
    detail = (
        f"A result of size {size} takes about {fit.needed_bytes / 2**30:.1f} "
        f"GiB, more than any worker has: {hint}."
    )
    error = FieldError(
        field="/params/size",
        code=ProblemCode.EXCEEDS_MEMORY,
        message=detail,
        limit=fit.largest_size,
        actual=size,
    )
    raise ProblemError(
        ProblemCode.EXCEEDS_MEMORY,
        detail,
        [error],
        extra={"largest_size": fit.largest_size},
    )


def _fit_into(
    info: WorkerInfo, needs: Needs, kind: AnyKind, inputs: Inputs
) -> MemoryFit | None:
    modes = _needs(info, needs)
    capacity = info.capacity_bytes
    if not modes or capacity is None:
        return None

    def fitting(units: int) -> list[MemoryNeed]:
        return [need for need in modes if _bytes(need, units) <= capacity]

    found = fitting(needs.units)
    chosen = found[0] if found else modes[-1]
    largest = kind.largest_size(inputs, lambda units: bool(fitting(units)))
    return MemoryFit(_bytes(chosen, needs.units), bool(found), largest)


def _needs(info: WorkerInfo, needs: Needs) -> list[MemoryNeed]:
    """Return the needs of the modes that may be chosen, the quickest first."""
    modes = _MODES if needs.memory == AUTO_MEMORY else (needs.memory,)
    told = info.network_needs.get(needs.network or "", info.memory_needs)
    return [told[each] for each in modes if each in told]


def _bytes(need: MemoryNeed, units: int) -> int:
    return int(need.base_bytes + need.bytes_per_pixel * units)
