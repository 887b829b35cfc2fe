"""What painting, objective and tiles know of a network: feature maps by layer name.

`Vgg` is one; another network needs these few members and nothing else of the engine.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from app.contract.painting.choices import Precision
from worker.engine.machine import tiles
from worker.engine.machine.tiles import Tile

Reading = TypeVar("Reading")
#: What is kept of a layer's feature maps, (N, C, H, W).
Tap = Callable[[Tensor], Reading]
#: Called every tenth of a second while something is computed; may raise, to end it.
InterruptionCheck = Callable[[], None]


def uninterrupted() -> None:
    """Let the computation go on, whoever asks."""


class FeatureExtractor(Protocol):
    """A frozen network; images are (N, 3, H, W), float32, sRGB in [0, 1]."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        ...

    @property
    def precision(self) -> Precision:
        """What it computes in, never `AUTO`."""
        ...

    @property
    def key(self) -> tuple[str, ...]:
        """Tells extractors apart whose feature maps differ."""
        ...

    @property
    def grid_px(self) -> int:
        """Windows that begin at its multiples have the whole picture's maps there."""
        ...

    def require(self, layers: Iterable[str]) -> None:
        """Raise ValueError unless it has all these layers."""
        ...

    def stride(self, layer: str) -> int:
        """Return how many pixels of the image lie between two positions of a layer."""
        ...

    def reach_px(self, layers: Iterable[str]) -> int | None:
        """Return how far from its centre the deepest of the layers sees; None: all."""
        ...

    def loss_scale(self, pixels: int) -> float:
        """Return what to multiply a loss with so that its gradient fits its numbers.

        Args:
            pixels: of one picture.
        """
        ...

    def feature_maps(
        self,
        image: Tensor,
        taps: Iterable[str],
        check_interruption: InterruptionCheck,
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield each tap with its maps (N, C, H', W'), from shallow to deep."""
        ...

    def read(
        self,
        image: Tensor,
        taps: Mapping[str, Tap[Reading]],
        check_interruption: InterruptionCheck,
        *,
        recompute: bool = False,
    ) -> dict[str, Reading]:
        """Return what each tap keeps of its layer.

        Args:
            image: what is looked at.
            taps: by layer.
            check_interruption: called now and then, forward and backward; may raise.
            recompute: keep little for the backward pass and compute the rest again.
        """
        ...


def tiles_of(
    extractor: FeatureExtractor,
    image: Tensor,
    layers: Iterable[str],
    tile_px: int | None,
) -> list[Tile]:
    """Return the tiles of (N, 3, H, W) for these layers; one if `tile_px` is None.

    One, too, for layers whose positions see the whole picture.
    """
    height_px, width_px = image.shape[2:]
    reach_px = None if tile_px is None else extractor.reach_px(layers)
    if tile_px is None or reach_px is None:
        return tiles.whole(height_px, width_px)
    grid_px = extractor.grid_px
    margin_px = -(-reach_px // grid_px) * grid_px
    return tiles.cut(height_px, width_px, tile_px, margin_px, grid_px)
