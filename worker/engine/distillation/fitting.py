"""Where a student begins: adapters that fit its untouched backbone best.

Linear least squares, solved at once: hundreds of steps of learning need not be taken.
The teacher's first layer is one convolution and a ReLU, so that its kernel is found
exactly from the positions where it is above zero.
"""

from collections.abc import Iterable, Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from app.contract.painting.layers import STUDENT_LAYERS
from worker.engine.distillation.likeness import ChannelSums, maps_of_teacher
from worker.engine.features.backbones.student_maps import Carried, next_part
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.features.weights.students import TAPPED_BLOCKS, block_of

_KERNEL_PX = 3
#: Of the mean energy of the inputs: keeps kernels small where channels are alike.
_RIDGE = 1e-2
#: A channel that is above zero at fewer positions stays at its mean.
_LEAST_POSITIONS = 200


@torch.no_grad()
def fitted(
    batches: Iterable[Tensor],
    backbone: Mapping[str, Tensor],
    teacher: FeatureExtractor,
    check: InterruptionCheck,
) -> dict[str, Tensor]:
    """Return a student: the backbone, and the adapters that suit it.

    Args:
        batches: (N, 3, H, W) in [0, 1], to fit on.
        backbone: kernels and biases, by name.
        teacher: whose layers are fitted.
        check: called many times a second; may raise.
    """
    sums = {layer: ChannelSums() for layer in STUDENT_LAYERS}
    first = [layer for layer in STUDENT_LAYERS if block_of(layer) == 1]
    open_fits = {layer: _OpenFit() for layer in first}
    inputs = {part: _Products() for part in TAPPED_BLOCKS}
    outputs: dict[str, Tensor] = {}
    for batch in batches:
        wanted = maps_of_teacher(batch, STUDENT_LAYERS, teacher, check)
        for layer, maps in wanted.items():
            sums[layer].add(maps)
        for layer in first:
            open_fits[layer].add(batch, wanted[layer])
        carried: Carried = (batch,)
        for part in range(1, max(TAPPED_BLOCKS) + 1):
            carried, maps = next_part(carried, part, backbone, check)
            if part == 1:
                continue
            rows = inputs[part].add(maps)
            for layer in (each for each in STUDENT_LAYERS if block_of(each) == part):
                product = (rows.mT @ _rows(wanted[layer])).double()
                outputs[layer] = outputs.get(layer, 0.0) + product
    kernels = {layer: open_fits[layer].solved() for layer in first}
    for layer, product in outputs.items():
        kernels[layer] = inputs[block_of(layer)].solved(product)
    student = dict(backbone)
    for layer, (kernel, bias) in kernels.items():
        student |= _standardized(layer, kernel, bias, sums[layer])
    return student


def _standardized(
    layer: str, kernel: Tensor, bias: Tensor, sums: ChannelSums
) -> dict[str, Tensor]:
    """Return an adapter's tensors so that scale and mean are the teacher's."""
    mean, scale = sums.mean, sums.variance.sqrt()
    # Where nothing was found, the mean alone is left.
    bias = torch.where(bias.isnan(), mean, bias)
    return {
        f"taps.{layer}.weight": kernel / scale[:, None, None, None],
        f"taps.{layer}.bias": (bias - mean) / scale,
        f"taps.{layer}.mean": mean,
        f"taps.{layer}.scale": scale,
    }


def _rows(maps: Tensor) -> Tensor:
    """(N, C, H, W) as (N*H*W, C)."""
    return maps.transpose(0, 1).flatten(1).mT


def _with_one(rows: Tensor) -> Tensor:
    return torch.cat([rows, rows.new_ones(len(rows), 1)], dim=1)


class _Products:
    """Sums of products of a part's expansion with itself, and a one for the bias."""

    def __init__(self) -> None:
        self._sums: Tensor | float = 0.0

    def add(self, maps: Tensor) -> Tensor:
        """Count the positions; return them as rows, (P, C + 1)."""
        rows = _with_one(_rows(maps))
        self._sums = self._sums + (rows.mT @ rows).double()
        return rows

    def solved(self, product: Tensor) -> tuple[Tensor, Tensor]:
        """Return kernel (out, C, 1, 1) and bias (out,) of the least squares.

        Args:
            product: (C + 1, out), of the rows with what is wanted.
        """
        sums = torch.as_tensor(self._sums)
        ridge = torch.full_like(sums[0], float(_RIDGE * sums.diagonal()[:-1].mean()))
        ridge[-1] = 0.0  # the bias is free
        found = torch.linalg.solve(sums + ridge.diag(), product).float()
        return found[:-1].mT[:, :, None, None].contiguous(), found[-1]


class _OpenFit:
    """The 3 x 3 convolution under a ReLU, from the positions where that is open."""

    def __init__(self) -> None:
        self._inputs: Tensor | float = 0.0
        self._outputs: Tensor | float = 0.0

    def add(self, image: Tensor, maps: Tensor) -> None:
        """Count the positions of (N, 3, H, W) and the layer's (N, C, H, W)."""
        bordered = F.pad(image, (1, 1, 1, 1), mode="replicate")
        patches = F.unfold(bordered, _KERNEL_PX).mT.flatten(0, 1)
        rows = _with_one(patches).double()  # (P, 28)
        wanted = _rows(maps).double()  # (P, C)
        pairs = (rows[:, :, None] * rows[:, None, :]).flatten(1)
        self._inputs = self._inputs + (wanted > 0).double().mT @ pairs
        self._outputs = self._outputs + wanted.mT @ rows

    def solved(self) -> tuple[Tensor, Tensor]:
        """Return kernel (C, 3, 3, 3) and bias (C,), NaN for channels always zero."""
        outputs = torch.as_tensor(self._outputs)
        channels, terms = outputs.shape
        inputs = torch.as_tensor(self._inputs).view(channels, terms, terms)
        is_open = inputs[:, -1, -1] >= _LEAST_POSITIONS
        rest = torch.eye(terms, dtype=inputs.dtype, device=inputs.device)
        # Smooth pictures leave directions of a patch nearly unseen.
        inputs = inputs + 1e-9 * inputs[:, -1, -1, None, None] * rest
        inputs = torch.where(is_open[:, None, None], inputs, rest)
        found = torch.linalg.solve(inputs, outputs).float()
        kernel = found[:, :-1] * is_open[:, None]
        bias = torch.where(is_open, found[:, -1], torch.nan)
        return kernel.view(channels, 3, _KERNEL_PX, _KERNEL_PX), bias
