"""Does a picture fit into a worker's memory: from what the workers say of themselves.

It errs on the side of letting a job in: what a worker does not tell refuses nothing,
and the worker itself refuses once more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.contract.kinds.image.choices import MemoryMode
from app.contract.kinds.image.limits import MAX_SIZE_PX, MIN_SIZE_PX
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.work import result_size
from app.contract.workers import MemoryNeed, WorkerCard
from app.problems import FieldError, ProblemCode, ProblemError

#: From the quickest to the thriftiest.
_MODES = (MemoryMode.WHOLE, MemoryMode.CHECKPOINT, MemoryMode.TILES)


@dataclass(frozen=True)
class MemoryFit:
    """What a picture takes, by the words of the worker that suits it best.

    Attributes:
        needed_bytes: in the mode that would be chosen.
        fits: whether some live worker can hold it.
        largest_size: that fits with these parameters; None if not even the smallest.
    """

    needed_bytes: int
    fits: bool
    largest_size: int | None


def find_fit(
    cards: Sequence[WorkerCard],
    width: int,
    height: int,
    params: StyleTransferParameters,
) -> MemoryFit | None:
    """Return how the picture fits; None if there is a worker that does not tell.

    Args:
        cards: of the live workers.
        width: of the photograph; only the aspect counts.
        height: likewise.
        params: what is asked for.
    """
    fits = [_fit_into(card, width, height, params) for card in cards]
    known = [fit for fit in fits if fit is not None]
    if not known or len(known) < len(fits):
        return None
    return max(known, key=lambda fit: (fit.fits, fit.largest_size or 0))


def require_memory(
    cards: Sequence[WorkerCard],
    width: int,
    height: int,
    params: StyleTransferParameters,
) -> None:
    """Refuse what no live worker can hold.

    Args:
        cards: of the live workers; without any, nothing is refused.
        width: of the photograph; only the aspect counts.
        height: likewise.
        params: what is asked for.

    Raises:
        ProblemError: `exceeds_memory`, with the largest size that fits.
    """
    fit = find_fit(cards, width, height, params)
    if fit is None or fit.fits:
        return
    hint = (
        f"the largest size that fits is {fit.largest_size}"
        if fit.largest_size is not None
        else "no size fits"
    )
    detail = (
        f"A result of size {params.size} takes about {fit.needed_bytes / 2**30:.1f} "
        f"GiB, more than any worker has: {hint}."
    )
    error = FieldError(
        field="/params/size",
        code=ProblemCode.EXCEEDS_MEMORY,
        message=detail,
        limit=fit.largest_size,
        actual=params.size,
    )
    raise ProblemError(
        ProblemCode.EXCEEDS_MEMORY,
        detail,
        [error],
        extra={"largest_size": fit.largest_size},
    )


def _fit_into(
    card: WorkerCard, width: int, height: int, params: StyleTransferParameters
) -> MemoryFit | None:
    needs = _needs(card, params.memory)
    capacity = _capacity_bytes(card)
    if not needs or capacity is None:
        return None
    result_width, result_height = result_size(width, height, params.size)
    pixels = result_width * result_height
    sizes = [_largest_size(need, capacity, width, height) for need in needs]
    largest = max((size for size in sizes if size is not None), default=None)
    fitting = [need for need in needs if _bytes(need, pixels) <= capacity]
    chosen = fitting[0] if fitting else needs[-1]
    return MemoryFit(_bytes(chosen, pixels), bool(fitting), largest)


def _needs(card: WorkerCard, mode: MemoryMode) -> list[MemoryNeed]:
    """Return the needs of the modes that may be chosen, the quickest first."""
    modes = _MODES if mode is MemoryMode.AUTO else (mode,)
    return [card.memory_needs[each] for each in modes if each in card.memory_needs]


def _capacity_bytes(card: WorkerCard) -> int | None:
    """Return what a next job can have: all, if now another one has a part of it."""
    if card.job_id is not None or card.memory_free_bytes is None:
        return card.memory_total_bytes
    return card.memory_free_bytes


def _bytes(need: MemoryNeed, pixels: int) -> int:
    return int(need.base_bytes + need.bytes_per_pixel * pixels)


def _largest_size(
    need: MemoryNeed, capacity_bytes: int, width: int, height: int
) -> int | None:
    """Return the largest long side in pixels that fits, None if none is allowed."""
    room_bytes = capacity_bytes - need.base_bytes
    if room_bytes < 0:
        return None
    if need.bytes_per_pixel <= 0:
        return MAX_SIZE_PX
    aspect = max(width, height) / min(width, height)
    size = math.isqrt(int(room_bytes / need.bytes_per_pixel * aspect))
    size = min(size, MAX_SIZE_PX)
    # The short side is rounded, perhaps up.
    while size >= MIN_SIZE_PX and _bytes(need, _pixels(width, height, size)) > (
        capacity_bytes
    ):
        size -= 1
    return size if size >= MIN_SIZE_PX else None


def _pixels(width: int, height: int, size: int) -> int:
    result_width, result_height = result_size(width, height, size)
    return result_width * result_height
