"""Run stylemod 0.9.1 as its command line does: Adam from the content.

Each step runs the whole network twice. Its own slips are left as they are: it hands
Pillow (height, width), so an oblong painting comes out squeezed, and gives all three
channels back with red's mean and deviation, so the result has a cast.
"""

import time
from typing import Any

from torch import Tensor

from benchmarks.peers.request import answer, read_request
from benchmarks.peers.vgg import import_torchvision, vgg19


def main() -> None:
    """Paint the ordered picture."""
    request = read_request()
    # It imports torchvision, whose missing operators must be declared before.
    import_torchvision()
    from stylemod import style_transfer  # noqa: PLC0415
    from stylemod.models.vgg19 import VGG19  # noqa: PLC0415

    marks_s: list[float] = []

    class Timed(VGG19):
        """stylemod's model, which notes when each step begins."""

        def forward(self, *arguments: Any, **named: Any) -> Tensor:
            marks_s.append(time.perf_counter())
            return super().forward(*arguments, **named)

    model = Timed(model_fn=lambda **_: vgg19(request.weights))
    model.get_model_module()  # the network, before the clock starts
    began_s = time.perf_counter()
    picture = style_transfer(
        str(request.content),
        str(request.style),
        model=model,
        steps=request.steps,
        return_type="pil",
        _print=False,
    )
    ended_s = time.perf_counter()
    picture.save(request.result)
    answer(request, began_s, marks_s, ended_s)


if __name__ == "__main__":
    main()
