"""How much memory a step may take, and which way of differentiating fits into it.

The estimates are linear in the pixels; `python -m benchmarks linear` and `controls`
measure what they are made from. Knows machines and sizes, no pictures.
"""

from dataclasses import dataclass

from worker.engine.choices import MemoryMode, OptimizerName, Precision
from worker.engine.errors import ExceedsMemoryError
from worker.engine.options import MAX_SIZE_PX, MIN_SIZE_PX, MIN_TILE_PX, StylizeOptions

#: Bytes a pixel of what is kept at once, by how the step is taken: maps and gradients
#: of the network in float32, from the measured peak.
_WHOLE_BYTES = 3300
_CHECKPOINT_BYTES = 2300
#: The content's maps, the first pass, Adam's moments and images, in float32.
_IMAGE_BYTES = 420
#: Of two maps of the first layers, for a look without gradients.
_SURVEY_BYTES = 800
_SURVEY_TILE_PX = 1024
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


@dataclass(frozen=True)
class Effort:
    """One way to take a step.

    Attributes:
        mode: `WHOLE`, `CHECKPOINT` or `TILES`.
        tile_px: side of a tile, only with `TILES`.
    """

    mode: MemoryMode
    tile_px: int | None = None

    @property
    def recomputes(self) -> bool:
        """Whether maps are computed again for the backward pass."""
        return self.mode is MemoryMode.CHECKPOINT

    def or_less(self, other: "Effort") -> "Effort":
        """Return the one of two that takes less memory."""
        return max(self, other, key=Effort._thrift)

    def _thrift(self) -> float:
        order = (MemoryMode.WHOLE, MemoryMode.CHECKPOINT, MemoryMode.TILES)
        return order.index(self.mode) + 1 / (self.tile_px or 1)

    def thriftier(self) -> "Effort | None":
        """Return the next way that takes less memory, if there is any."""
        if self.mode is MemoryMode.WHOLE:
            return Effort(MemoryMode.CHECKPOINT)
        if self.mode is MemoryMode.CHECKPOINT:
            return Effort(MemoryMode.TILES, 512)
        if self.tile_px is not None and self.tile_px > _SMALLEST_TILE_PX:
            return Effort(MemoryMode.TILES, _SMALLEST_TILE_PX)
        if self.tile_px is not None and self.tile_px > MIN_TILE_PX:
            return Effort(MemoryMode.TILES, MIN_TILE_PX)
        return None


def estimate_bytes(
    effort: Effort,
    pixels: int,
    precision: Precision,
    options: StylizeOptions,
    history: int = 20,
) -> int:
    """Return the memory that a job takes at its peak.

    Args:
        effort: how the step is taken.
        pixels: of all pictures of the job together.
        precision: of the network.
        options: the optimizer's memory counts.
        history: pairs that L-BFGS remembers.
    """
    part = _PRECISION_PART[precision]
    if effort.mode is MemoryMode.CHECKPOINT:
        network = part * _CHECKPOINT_BYTES * pixels
    elif effort.tile_px is not None:
        seen = min(pixels, (effort.tile_px + _MARGINS_PX) ** 2)
        network = part * _WHOLE_BYTES * seen
    else:
        network = part * _WHOLE_BYTES * pixels
    image = _IMAGE_BYTES
    if options.optimizer is OptimizerName.LBFGS:
        image += history * _PAIR_BYTES
    return int(_BASE_BYTES + network + image * pixels)


@dataclass(frozen=True)
class LinearNeed:
    """The memory that a job takes at its peak: a base and so much for each pixel."""

    base_bytes: int
    bytes_per_pixel: float


def linear_needs(precision: Precision) -> dict[MemoryMode, LinearNeed]:
    """Return the estimate as lines, by mode, for pictures not smaller than a tile.

    What does not fit by these fits in no way: tiles are the smallest, to which `AUTO`
    comes down at last. A picture smaller than a tile takes what it takes with `WHOLE`.

    Args:
        precision: of the network.
    """
    smallest = Effort(MemoryMode.TILES, MIN_TILE_PX)
    efforts = {
        MemoryMode.AUTO: smallest,
        MemoryMode.WHOLE: Effort(MemoryMode.WHOLE),
        MemoryMode.CHECKPOINT: Effort(MemoryMode.CHECKPOINT),
        MemoryMode.TILES: smallest,
    }
    return {mode: _line(effort, precision) for mode, effort in efforts.items()}


def _line(effort: Effort, precision: Precision) -> LinearNeed:
    pixels = MAX_SIZE_PX**2
    near, far = (
        estimate_bytes(effort, count * pixels, precision, StylizeOptions())
        for count in (1, 2)
    )
    return LinearNeed(2 * near - far, (far - near) / pixels)


def usable_bytes(free_bytes: int) -> int:
    """Return how much of the free memory a job may be planned with."""
    return int(_USABLE * free_bytes)


def choose_effort(
    pixels: int, precision: Precision, options: StylizeOptions, free_bytes: int | None
) -> Effort:
    """Return the quickest effort that fits, or the one that the options name.

    Args:
        pixels: of the largest rung, all pictures together.
        precision: of the network.
        options: may name an effort.
        free_bytes: what there is; None if nobody knows.

    Raises:
        ExceedsMemoryError: nothing fits; the message names the largest size that does.
    """
    if free_bytes is None:
        return _wanted(options)
    effort: Effort | None = _wanted(options)
    tightest = _wanted(options)
    while effort is not None:
        tightest = effort
        needed = estimate_bytes(effort, pixels, precision, options)
        if needed <= usable_bytes(free_bytes):
            return effort
        effort = effort.thriftier() if options.memory is MemoryMode.AUTO else None
    raise _exceeds(tightest, pixels, precision, options, free_bytes)


def rescue_effort(
    pixels: int, precision: Precision, options: StylizeOptions, free_bytes: int | None
) -> Effort:
    """Return how to go on in more bytes than were planned with: whatever fits.

    A job in work is not refused: what it was asked to do without, recomputation or
    tiles, is better than no picture, and the least of all if nothing seems to fit.

    Args:
        pixels: see `choose_effort`, like the rest.
        precision: likewise.
        options: the effort that they name is the first to be tried.
        free_bytes: likewise.
    """
    effort = _wanted(options)
    if free_bytes is None:
        return effort
    while (
        estimate_bytes(effort, pixels, precision, options) > usable_bytes(free_bytes)
        and (less := effort.thriftier()) is not None
    ):
        effort = less
    return effort


def survey_tile_px(pixels: int, free_bytes: int | None) -> int | None:
    """Return the tile size for looking once at a picture, None for all at once."""
    if free_bytes is None or pixels * _SURVEY_BYTES < _USABLE * free_bytes / 2:
        return None
    return _SURVEY_TILE_PX


def _wanted(options: StylizeOptions) -> Effort:
    if options.memory is MemoryMode.AUTO:
        return Effort(MemoryMode.WHOLE)
    is_tiled = options.memory is MemoryMode.TILES
    return Effort(options.memory, options.tile_px if is_tiled else None)


def _exceeds(
    effort: Effort,
    pixels: int,
    precision: Precision,
    options: StylizeOptions,
    free_bytes: int,
) -> ExceedsMemoryError:
    needed = estimate_bytes(effort, pixels, precision, options)
    largest_px = options.size_px
    for size_px in range(options.size_px, MIN_SIZE_PX - 1, -16):
        smaller = int(pixels * (size_px / options.size_px) ** 2)
        if estimate_bytes(effort, smaller, precision, options) <= usable_bytes(
            free_bytes
        ):
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
