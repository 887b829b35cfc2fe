"""Random crops of a data set's pictures, of one shape, for any step of a training.

Crop k hangs on the seed and on k alone: a training that goes on at step 1000 gets what
one without a break got, and nothing needs to be saved. Pictures are decoded when they
are first needed; those used last are kept, up to a bound.
"""

from collections import OrderedDict
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from app.contract.datasets import PictureRow, Split
from worker.engine.datasets.dataset import Dataset
from worker.engine.errors import DatasetError
from worker.engine.images import to_tensor

#: Decoded pixels that are kept: some 300 pictures of 512 px, or 900 of 256 px.
CACHE_BYTES = 256 * 2**20
#: A crop takes so much of the picture's short side, at least; 1 at most.
_LEAST_SHARE = 0.4
#: Words that keep the draws for one purpose apart from those for another.
_ORDER, _WINDOW, _FIXED = 0, 1, 2


class _Window(NamedTuple):
    """Where a crop is: a square in source pixels, and whether it is mirrored."""

    left: int
    top: int
    side: int
    is_mirrored: bool


class Crops:
    """Crops of one split.

    Args:
        dataset: where the pictures are from.
        split: which of them.
        crop_px: side of a crop; smaller pictures are left out, none is enlarged.
        batch: crops of a step.
        seed: what the crops are drawn from.
        cache_bytes: of decoded pixels that are kept.

    Attributes:
        pictures: those that crops are taken of.

    Raises:
        DatasetError: no picture of the split is large enough.
        ValueError: `crop_px`, `batch` or `cache_bytes` is below 1.
    """

    def __init__(
        self,
        dataset: Dataset,
        split: Split,
        *,
        crop_px: int,
        batch: int = 1,
        seed: int = 0,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        if min(crop_px, batch, cache_bytes) < 1:
            raise ValueError(f"{crop_px=}, {batch=}, {cache_bytes=} must be above 0")
        of_split = dataset.of(split)
        self.pictures = tuple(
            row for row in of_split if min(row.width, row.height) >= crop_px
        )
        if not self.pictures:
            raise DatasetError(
                f"{dataset.name} has {len(of_split)} pictures for {split}, none with "
                f"a short side of {crop_px} px or more: take a smaller crop, or more "
                "pictures"
            )
        self._crop_px, self._batch, self._seed = crop_px, batch, seed
        self._decoded = _DecodedPictures(dataset, cache_bytes)
        # Two of them: a batch may reach from one turn into the next.
        self._order = lru_cache(maxsize=2)(self._drawn_order)

    def batch(self, step: int) -> Tensor:
        """Return the crops of a step, from 0: (batch, 3, crop_px, crop_px) in [0, 1].

        Raises:
            DatasetError: a picture is gone, or not what it was.
        """
        first = step * self._batch
        return torch.cat([self._crop(first + index) for index in range(self._batch)])

    def fixed(self, index: int) -> Tensor:
        """Return one crop of a picture that is always the same, for cached features.

        Args:
            index: in `pictures`.

        Returns:
            (1, 3, crop_px, crop_px) in [0, 1].

        Raises:
            DatasetError: the picture is gone, or not what it was.
        """
        row = self.pictures[index]
        generator = np.random.default_rng([self._seed, _FIXED, index])
        return self._cut(row, _window(row, self._crop_px, generator))

    def _crop(self, number: int) -> Tensor:
        turn, place = divmod(number, len(self.pictures))
        row = self.pictures[self._order(turn)[place]]
        generator = np.random.default_rng([self._seed, _WINDOW, number])
        return self._cut(row, _window(row, self._crop_px, generator))

    def _drawn_order(self, turn: int) -> list[int]:
        """Return the order of a turn, in which each picture gives one crop."""
        generator = np.random.default_rng([self._seed, _ORDER, turn])
        return [int(index) for index in generator.permutation(len(self.pictures))]

    def _cut(self, row: PictureRow, window: _Window) -> Tensor:
        picture = self._decoded.of(row)
        box = (
            window.left,
            window.top,
            window.left + window.side,
            window.top + window.side,
        )
        side_px = self._crop_px
        small = picture.crop(box).resize(
            (side_px, side_px), Image.Resampling.LANCZOS, reducing_gap=2.0
        )
        if window.is_mirrored:
            small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return to_tensor(small, side_px, side_px)


def _window(row: PictureRow, crop_px: int, generator: np.random.Generator) -> _Window:
    """Draw a square within the picture, of any scale that needs no enlarging."""
    short = min(row.width, row.height)
    least = max(crop_px, round(_LEAST_SHARE * short))
    # Of a geometric scale: from half to all is as far as from a quarter to half.
    side = round(least * (short / least) ** generator.uniform(0, 1))
    left = int(generator.integers(row.width - side + 1))
    top = int(generator.integers(row.height - side + 1))
    return _Window(left, top, side, bool(generator.integers(2)))


class _DecodedPictures:
    """Pictures of a data set; those used last stay in memory, up to a bound."""

    def __init__(self, dataset: Dataset, most_bytes: int) -> None:
        self._dataset, self._most_bytes = dataset, most_bytes
        self._kept: OrderedDict[str, Image.Image] = OrderedDict()
        self._bytes = 0

    def of(self, row: PictureRow) -> Image.Image:
        """Return the picture as RGB."""
        if row.file in self._kept:
            self._kept.move_to_end(row.file)
            return self._kept[row.file]
        picture = self._dataset.read(row)
        self._kept[row.file] = picture
        self._bytes += _bytes_of(picture)
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= _bytes_of(dropped)
        return picture


def _bytes_of(picture: Image.Image) -> int:
    # Pillow keeps four bytes for a pixel of RGB.
    return 4 * picture.width * picture.height
