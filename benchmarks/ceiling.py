"""What direct convolutions alone cost on this machine: the measured ceiling.

One step can not do with less than every convolution of the network forward and, for
the gradient to the picture, every one backward, unless it computes them otherwise than
directly (Winograd). So all of them are called here as plain `F.conv2d`, channels last,
with nothing around them: no rectifier, no pooling, no loss, no optimizer.
"""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from benchmarks.clock import medians, now_s, timed
from benchmarks.pictures import at_size, content_picture
from benchmarks.table import show
from worker.engine import StyleEngine
from worker.engine.features.weights import VggNetwork, load_weights

#: The deepest layer that the recipe reads is relu5_1.
DEEPEST = "conv5_1"
ROUNDS = 3


@dataclass(frozen=True)
class Call:
    """One convolution, forward or backward: what `F.conv2d` is given."""

    maps: Tensor
    kernel: Tensor
    bias: Tensor | None

    def __call__(self) -> None:
        F.conv2d(self.maps, self.kernel, self.bias, padding=1)

    @property
    def flop(self) -> int:
        """Multiplications and additions."""
        return 2 * self.kernel.numel() * math.prod(self.maps.shape[2:])


class Ceiling:
    """All convolutions of one step at one size.

    Args:
        size_px: long side of our picture.
        dtype: of maps and kernels, the first convolution's too.
        device: where.
    """

    def __init__(
        self, size_px: int, dtype: torch.dtype, device: torch.device | str = "cpu"
    ) -> None:
        width_px, height_px = at_size(content_picture(), size_px).size
        self.calls = _calls(height_px, width_px, dtype, torch.device(device))

    @torch.no_grad()
    def step(self) -> None:
        """Make every call once."""
        for call in self.calls:
            call()

    def step_s(self, clock: Callable[[], float] = now_s) -> float:
        """Return the seconds of one pass over all calls, the first pass not counted."""
        self.step()
        return timed(self.step, clock)

    @property
    def flop(self) -> int:
        """Multiplications and additions of one step."""
        return sum(call.flop for call in self.calls)


def _calls(
    height_px: int, width_px: int, dtype: torch.dtype, device: torch.device
) -> list[Call]:
    """Return two calls a convolution, up to `DEEPEST`."""
    tensors, calls = load_weights().tensors, []
    for block, count in enumerate(VggNetwork.VGG19.description.convolutions, 1):
        for index in range(1, count + 1):
            name = f"conv{block}_{index}"
            kernel, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
            # The gradient to the input is a convolution with the kernel turned by 180
            # degrees, inputs and outputs exchanged.
            turned = kernel.flip(2, 3).transpose(0, 1)
            for each, its_bias in ((kernel, bias), (turned, None)):
                maps = torch.rand(1, each.shape[1], height_px, width_px)
                calls.append(
                    Call(
                        _laid_out(maps, dtype, device),
                        _laid_out(each, dtype, device),
                        None if its_bias is None else its_bias.to(device, dtype),
                    )
                )
            if name == DEEPEST:
                return calls
        height_px, width_px = math.ceil(height_px / 2), math.ceil(width_px / 2)
    raise ValueError(f"the network has no {DEEPEST}")


def _laid_out(tensor: Tensor, dtype: torch.dtype, device: torch.device) -> Tensor:
    return tensor.to(device, dtype).contiguous(memory_format=torch.channels_last)


def main(words: Sequence[str]) -> None:
    """Print the ceiling at each size and what it says about the machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ceiling")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024])
    sizes_px = parser.parse_args(words).sizes
    engine = StyleEngine.load().describe()
    rows = []
    for size_px in sizes_px:
        ceiling = Ceiling(size_px, getattr(torch, engine.precision), engine.device)
        seconds = medians({"ceiling": ceiling.step_s}, ROUNDS)["ceiling"]
        rows.append(
            [
                f"{size_px} px",
                f"{ceiling.flop / 1e9:.0f}",
                f"{seconds:.3f}",
                f"{ceiling.flop / seconds / 1e9:.0f}",
            ]
        )
    show(
        f"Direct convolutions to {DEEPEST}, forward and to the input, "
        f"{engine.precision}, {engine.threads} threads",
        ["long side", "GFLOP", "seconds", "GFLOP/s"],
        rows,
    )
