"""How much memory a step may take, and which way of differentiating fits into it.

The estimates are linear in the pixels; `python -m benchmarks linear` and `controls`
measure what they are made from. Knows machines and sizes, no pictures.
"""

from dataclasses import dataclass

from app.contract.painting.choices import MemoryMode, OptimizerName, Precision
from app.contract.painting.limits import MAX_SIZE_PX, MIN_SIZE_PX, MIN_TILE_PX
from worker.engine.errors import ExceedsMemoryError
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.options import StylizeOptions

#: The content's maps, the first pass, Adam's moments and images, in float32.
_IMAGE_BYTES = 420
#: Of two maps of the first layers, for a pass without gradients.
_FEATURE_PASS_BYTES = 800
_FEATURE_PASS_TILE_PX = 1024
#: Two images a remembered pair.
_PAIR_BYTES = 24
#: Of what the network's maps take in float32.
_PRECISION_PART = {
    Precision.FLOAT32: 1.0,
    Precision.BFLOAT16: 0.65,
    Precision.FLOAT16: 0.65,
    Precision.HALF: 0.6,
}
#: Weights, statistics, roots, and what the libraries take.
_BASE_BYTES = 600 * 2**20
#: What a tile sees beyond itself, on both sides.
_MARGINS_PX = 192
#: So much of the free memory may be planned with.
_USABLE = 0.9
#: Smaller tiles are mostly margin.
_SMALLEST_TILE_PX = 256


@dataclass(frozen=True, kw_only=True)
class NetworkMemory:
    """What a network keeps at once for a step: maps and gradients in float32.

    The defaults are a VGG's, from the measured peak.

    Attributes:
        whole_bytes: a pixel, if everything is kept.
        recompute_bytes: a pixel, if it is computed again.
        sees_all: whether its positions see the whole picture, so that tiles save
            nothing.
    """

    whole_bytes: float = 3300
    recompute_bytes: float = 2300
    sees_all: bool = False


#: A VGG's.
_USUAL = NetworkMemory()


@dataclass(frozen=True)
class MemoryPlan:
    """One way to take a step.

    Attributes:
        mode: `WHOLE`, `RECOMPUTE` or `TILES`.
        tile_px: side of a tile, only with `TILES`.
    """

    mode: MemoryMode
    tile_px: int | None = None

    @property
    def recomputes(self) -> bool:
        """Whether maps are computed again for the backward pass."""
        return self.mode is MemoryMode.RECOMPUTE

    def or_smaller(self, other: "MemoryPlan") -> "MemoryPlan":
        """Return the one of two that takes less memory."""
        return max(self, other, key=MemoryPlan._rank)

    def _rank(self) -> float:
        order = (MemoryMode.WHOLE, MemoryMode.RECOMPUTE, MemoryMode.TILES)
        return order.index(self.mode) + 1 / (self.tile_px or 1)

    def smaller(self) -> "MemoryPlan | None":
        """Return the next way that takes less memory, if there is any."""
        if self.mode is MemoryMode.WHOLE:
            return MemoryPlan(MemoryMode.RECOMPUTE)
        if self.mode is MemoryMode.RECOMPUTE:
            return MemoryPlan(MemoryMode.TILES, 512)
        if self.tile_px is not None and self.tile_px > _SMALLEST_TILE_PX:
            return MemoryPlan(MemoryMode.TILES, _SMALLEST_TILE_PX)
        if self.tile_px is not None and self.tile_px > MIN_TILE_PX:
            return MemoryPlan(MemoryMode.TILES, MIN_TILE_PX)
        return None


def estimate_bytes(
    plan: MemoryPlan,
    pixels: int,
    precision: Precision,
    options: StylizeOptions,
    memory: NetworkMemory = _USUAL,
) -> int:
    """Return the memory that a job takes at its peak.

    Args:
        plan: how the step is taken.
        pixels: of all pictures of the job together.
        precision: of the network.
        options: the optimizer's memory counts.
        memory: of the network.
    """
    part = _PRECISION_PART[precision]
    if plan.mode is MemoryMode.RECOMPUTE:
        network = part * memory.recompute_bytes * pixels
    elif plan.tile_px is not None and not memory.sees_all:
        seen = min(pixels, (plan.tile_px + _MARGINS_PX) ** 2)
        network = part * memory.whole_bytes * seen
    else:
        network = part * memory.whole_bytes * pixels
    image = _IMAGE_BYTES
    if options.optimizer is OptimizerName.LBFGS:
        image += HYPERPARAMETERS.history * _PAIR_BYTES
    return int(_BASE_BYTES + network + image * pixels)


@dataclass(frozen=True)
class LinearNeed:
    """The memory that a job takes at its peak: a base and so much for each pixel."""

    base_bytes: int
    bytes_per_pixel: float


def linear_needs(
    precision: Precision, memory: NetworkMemory = _USUAL
) -> dict[MemoryMode, LinearNeed]:
    """Return the estimate as lines, by mode, for pictures not smaller than a tile.

    What does not fit by these fits in no way: tiles are the smallest, to which `AUTO`
    comes down at last. A picture smaller than a tile takes what it takes with `WHOLE`.

    Args:
        precision: of the network.
        memory: of the network.
    """
    smallest = MemoryPlan(MemoryMode.TILES, MIN_TILE_PX)
    plans = {
        MemoryMode.AUTO: smallest,
        MemoryMode.WHOLE: MemoryPlan(MemoryMode.WHOLE),
        MemoryMode.RECOMPUTE: MemoryPlan(MemoryMode.RECOMPUTE),
        MemoryMode.TILES: smallest,
    }
    return {mode: _line(plan, precision, memory) for mode, plan in plans.items()}


def _line(plan: MemoryPlan, precision: Precision, memory: NetworkMemory) -> LinearNeed:
    pixels, options = MAX_SIZE_PX**2, StylizeOptions()
    near, far = (
        estimate_bytes(plan, count * pixels, precision, options, memory=memory)
        for count in (1, 2)
    )
    return LinearNeed(2 * near - far, (far - near) / pixels)


def usable_bytes(free_bytes: int) -> int:
    """Return how much of the free memory a job may be planned with."""
    return int(_USABLE * free_bytes)


def choose_memory_plan(
    pixels: int,
    precision: Precision,
    options: StylizeOptions,
    free_bytes: int | None,
    memory: NetworkMemory = _USUAL,
) -> MemoryPlan:
    """Return the quickest plan that fits, or the one that the options name.

    Args:
        pixels: of the largest rung, all pictures together.
        precision: of the network.
        options: may name a plan.
        free_bytes: what there is; None if nobody knows.
        memory: of the network.

    Raises:
        ExceedsMemoryError: nothing fits; the message names the largest size that does.
    """
    if free_bytes is None:
        return _wanted(options)
    plan: MemoryPlan | None = _wanted(options)
    tightest = _wanted(options)
    while plan is not None:
        tightest = plan
        needed = estimate_bytes(plan, pixels, precision, options, memory=memory)
        if needed <= usable_bytes(free_bytes):
            return plan
        plan = plan.smaller() if options.memory is MemoryMode.AUTO else None
    raise _exceeds(tightest, pixels, precision, options, free_bytes, memory)


def rescue_memory_plan(
    pixels: int,
    precision: Precision,
    options: StylizeOptions,
    free_bytes: int | None,
    memory: NetworkMemory = _USUAL,
) -> MemoryPlan:
    """Return how to go on in more bytes than were planned with: whatever fits.

    A job in work is not refused: what it was asked to do without, recomputation or
    tiles, is better than no picture, and the least of all if nothing seems to fit.

    Args:
        pixels: see `choose_memory_plan`, like the rest.
        precision: likewise.
        options: the plan that they name is the first to be tried.
        free_bytes: likewise.
        memory: likewise.
    """
    plan = _wanted(options)
    if free_bytes is None:
        return plan
    while (
        estimate_bytes(plan, pixels, precision, options, memory=memory)
        > usable_bytes(free_bytes)
        and (less := plan.smaller()) is not None
    ):
        plan = less
    return plan


def feature_pass_tile_px(pixels: int, free_bytes: int | None) -> int | None:
    """Return the tile size for looking once at a picture, None for all at once."""
    if free_bytes is None or pixels * _FEATURE_PASS_BYTES < _USABLE * free_bytes / 2:
        return None
    return _FEATURE_PASS_TILE_PX


def _wanted(options: StylizeOptions) -> MemoryPlan:
    if options.memory is MemoryMode.AUTO:
        return MemoryPlan(MemoryMode.WHOLE)
    is_tiled = options.memory is MemoryMode.TILES
    return MemoryPlan(options.memory, options.tile_px if is_tiled else None)


def _exceeds(
    plan: MemoryPlan,
    pixels: int,
    precision: Precision,
    options: StylizeOptions,
    free_bytes: int,
    memory: NetworkMemory,
) -> ExceedsMemoryError:
    needed = estimate_bytes(plan, pixels, precision, options, memory=memory)
    largest_px = options.size_px
    for size_px in range(options.size_px, MIN_SIZE_PX - 1, -16):
        smaller = int(pixels * (size_px / options.size_px) ** 2)
        if estimate_bytes(
            plan, smaller, precision, options, memory=memory
        ) <= usable_bytes(free_bytes):
            largest_px = size_px
            break
    else:
        largest_px = 0
    fits = (
        f"the largest size that fits is {min(largest_px, MAX_SIZE_PX)} px"
        if largest_px
        else "no size fits"
    )
    return ExceedsMemoryError(
        f"{options.size_px} px needs about {needed / 2**30:.1f} GiB of memory, "
        f"{free_bytes / 2**30:.1f} GiB are free: {fits}"
    )
