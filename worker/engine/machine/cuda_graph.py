"""One rung's step as a CUDA graph: recorded once, then replayed.

Below some 256 px a step is a few hundred short kernels, and starting them takes longer
than running them; a replay starts all of them at once. Knows what is recorded only as
a function of an image.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import torch
from torch import Tensor

_Losses = TypeVar("_Losses")

#: Libraries choose their algorithms and take their memory in the first runs.
_WARM_UPS = 3


class GraphedStep(Generic[_Losses]):
    """Losses and gradient of an image of one size.

    Args:
        function: returns losses and gradient; the same kernels at each call, and
            nothing that waits for the device.
        image: (N, 3, H, W), on a CUDA device; an example.

    Raises:
        RuntimeError: the function can not be recorded.
    """

    def __init__(
        self, function: Callable[[Tensor], tuple[_Losses, Tensor]], image: Tensor
    ) -> None:
        self._image = image.clone()
        aside = torch.cuda.Stream(image.device)  # type: ignore[no-untyped-call]  # torch's
        aside.wait_stream(torch.cuda.current_stream(image.device))
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UPS):
                function(self._image)
        torch.cuda.current_stream(image.device).wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._losses, self._gradient = function(self._image)

    def __call__(self, image: Tensor) -> tuple[_Losses, Tensor]:
        """Return losses and gradient at `image`; the next call overwrites them."""
        self._image.copy_(image)
        self._graph.replay()
        return self._losses, self._gradient
