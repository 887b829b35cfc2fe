"""A distilled student as a feature extractor: its teacher's layers, far cheaper.

Source: Hinton, Vinyals and Dean 2015 for the idea; Romero et al. 2015 ("FitNets") for
learning inner layers. The network is `student_maps`.
"""

from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint as recomputed

from app.contract.painting.choices import Network, Precision
from app.contract.painting.layers import STUDENT_LAYERS
from worker.engine.features.backbones.student_maps import (
    Carried,
    next_part,
    student_maps,
    taps_of_part,
)
from worker.engine.features.backbones.vgg import DTYPES, loss_scale_of
from worker.engine.features.extractor import InterruptionCheck, Reading, Tap
from worker.engine.features.weights.lite0 import BLOCKS
from worker.engine.features.weights.students import (
    TAPPED_BLOCKS,
    StudentWeights,
    block_of,
)

#: What reads pixels, and what stretches: too few bits elsewhere.
_EXACT = ("stem.", "taps.relu1_")


class Student:
    """A frozen student, ready to read images.

    Args:
        weights: of `impasto distill`.
        precision: of the convolutions; those that read pixels stay in float32.
        device: where the weights live.
    """

    def __init__(
        self,
        weights: StudentWeights,
        *,
        precision: Precision = Precision.FLOAT32,
        device: torch.device | None = None,
    ) -> None:
        self.device = device or torch.device("cpu")
        self.precision = precision
        #: Tells networks apart whose feature maps differ.
        self.key = (Network.STUDENT_LITE0.value, weights.sha256, precision.value)
        #: The stride of the deepest layers that are read.
        self.grid_px = max(self.stride(each) for each in STUDENT_LAYERS)
        self._dtype = DTYPES[precision]
        self._weights = {
            name: self._placed(name, each) for name, each in weights.tensors.items()
        }

    def _placed(self, name: str, tensor: Tensor) -> Tensor:
        is_exact = name.startswith(_EXACT) or name.endswith((".mean", ".scale"))
        tensor = tensor.to(self.device, torch.float32 if is_exact else self._dtype)
        if tensor.dim() != len("NCHW"):
            return tensor
        return tensor.contiguous(memory_format=torch.channels_last)

    def loss_scale(self, pixels: int) -> float:
        """Return what to multiply a loss with so that its gradient fits."""
        return loss_scale_of(self._dtype, pixels)

    def require(self, layers: Iterable[str]) -> None:
        """Raise ValueError unless the student was taught all these layers."""
        unknown = set(layers).difference(STUDENT_LAYERS)
        if unknown:
            raise ValueError(
                f"this network has no layers {sorted(unknown)}; it has "
                f"{', '.join(STUDENT_LAYERS)}"
            )

    def stride(self, layer: str) -> int:
        """Return how many pixels of the image lie between two positions of a layer."""
        stride: int = 2 ** (block_of(layer) - 1)
        return stride

    def reach_px(self, layers: Iterable[str]) -> int:
        """Return how far from its centre the deepest of the layers sees."""
        deepest = max(map(block_of, layers))
        if deepest == 1:
            return 1
        reach, stride = 2, 2
        for block in BLOCKS[: TAPPED_BLOCKS[deepest]]:
            # Behind a halving, positions see further to one side.
            further = block.kernel_px - 1 if block.stride > 1 else block.kernel_px // 2
            reach, stride = reach + further * stride, stride * block.stride
        return reach

    def feature_maps(
        self, image: Tensor, taps: Iterable[str], check_interruption: InterruptionCheck
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield each tap with its maps (N, C, H', W'), from shallow to deep."""
        wanted = tuple(taps)
        self.require(wanted)
        image = image.contiguous(memory_format=torch.channels_last)
        yield from student_maps(image, wanted, self._weights, check_interruption)

    def read(
        self,
        image: Tensor,
        taps: Mapping[str, Tap[Reading]],
        check_interruption: InterruptionCheck,
        *,
        recompute: bool = False,
    ) -> dict[str, Reading]:
        """Return what each tap keeps of its layer; see `FeatureExtractor.read`."""
        if not recompute:
            maps_of = self.feature_maps(image, taps, check_interruption)
            return {layer: taps[layer](maps) for layer, maps in maps_of}
        self.require(taps)
        readings: dict[str, Reading] = {}
        carried: Carried = (image.contiguous(memory_format=torch.channels_last),)
        for part in range(1, max(map(block_of, taps)) + 1):

            def run(*before: Tensor, part: int = part) -> tuple[Carried, object]:
                after, readable = next_part(
                    before, part, self._weights, check_interruption
                )
                maps_of = taps_of_part(readable, part, taps, self._weights)
                return after, {layer: taps[layer](maps) for layer, maps in maps_of}

            carried, found = recomputed(
                run, *carried, use_reentrant=False, preserve_rng_state=False
            )
            readings.update(found)
        return readings
