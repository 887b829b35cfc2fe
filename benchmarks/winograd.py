"""Our own convolutions against torch's, interleaved: each layer, then a whole step."""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from benchmarks.table import show
from worker.engine.features.backbones.backends import choose_backend
from worker.engine.features.backbones.convolution import (
    ConvolutionBackend,
    ConvolutionWeights,
    TorchBackend,
)
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.weights import VggNetwork, VggWeights, load_weights
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.machine import device

ROUNDS = 7
SIZES_PX = (256, 512)
LAYERS_PX = 512
CPU = torch.device("cpu")


def main(words: Sequence[str]) -> None:
    """Print both tables for float32."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks winograd")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES_PX))
    parser.add_argument("--layers", type=int, default=LAYERS_PX, help="long side")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args(words)
    device.keep_freed_memory()
    backends = (TorchBackend(), choose_backend("winograd", torch.float32))
    weights = load_weights()
    threads = f"float32, {torch.get_num_threads()} threads"
    across, down = four_to_three(asked.layers)
    show(
        f"GFLOP/s as if convolved directly, {across} x {down} px, {threads}",
        ["layer", "maps", "torch", "winograd", "torch backward", "winograd backward"],
        layer_rows(backends, weights.tensors, (across, down), asked.rounds),
    )
    show(
        f"Seconds of a pass to {HYPERPARAMETERS.layers[-1]} and back, {threads}",
        ["size", "torch", "winograd", "torch / winograd"],
        [
            step_row(backends, weights, four_to_three(size_px), asked.rounds)
            for size_px in asked.sizes
        ],
    )


def four_to_three(long_px: int) -> tuple[int, int]:
    """Return width and height."""
    return long_px, long_px * 3 // 4


def layer_rows(
    backends: tuple[ConvolutionBackend, ...],
    tensors: dict[str, Tensor],
    size_px: tuple[int, int],
    rounds: int,
) -> list[list[str]]:
    """Return one row for each kind of layer but the first."""
    rows, (width, height) = [], size_px
    known = set()
    layers = VggNetwork.VGG19.description.layers
    for layer in layers[: layers.index(HYPERPARAMETERS.layers[-1]) + 1]:
        if layer.startswith("pool"):
            width, height = width // 2, height // 2
            continue
        kernel = tensors[f"{layer.replace('relu', 'conv')}.weight"]
        kind = (tuple(kernel.shape), width)
        if layer == layers[0] or kind in known:
            continue
        known.add(kind)
        bias = tensors[f"{layer.replace('relu', 'conv')}.bias"]
        weights = ConvolutionWeights(kernel, bias, torch.float32, CPU)
        outputs, inputs = kernel.shape[:2]
        seconds = layer_seconds(backends, weights, (width, height), rounds)
        gflop = 2e-9 * kernel.numel() * width * height
        cells = [f"{gflop / each:.0f}" for each in seconds]
        rows.append([layer, f"{inputs} to {outputs}, {width} x {height}", *cells])
    return rows


def layer_seconds(
    backends: tuple[ConvolutionBackend, ...],
    weights: ConvolutionWeights,
    size_px: tuple[int, int],
    rounds: int,
) -> list[float]:
    """Return the seconds forward of each backend, then those backward."""
    width, height = size_px
    outputs, inputs = weights.kernel.shape[:2]
    maps, gradient = (
        torch.rand(1, channels, height, width).contiguous(
            memory_format=torch.channels_last
        )
        for channels in (inputs, outputs)
    )
    rectified = gradient - 0.5
    prepared = [backend.prepare(weights) for backend in backends]
    return interleaved(
        [
            *(lambda each=each: each.rectified(maps, nothing) for each in prepared),
            *(
                lambda each=each: each.gradient_to_input(gradient, rectified, nothing)
                for each in prepared
            ),
        ],
        rounds,
    )


def step_row(
    backends: tuple[ConvolutionBackend, ...],
    weights: VggWeights,
    size_px: tuple[int, int],
    rounds: int,
) -> list[str]:
    """Return the seconds of forward and backward with each backend."""
    width, height = size_px
    image = torch.rand(1, 3, height, width)
    networks = [Vgg(weights, backend=backend) for backend in backends]
    seconds = interleaved(
        [
            lambda network=network: there_and_back(network, image)
            for network in networks
        ],
        rounds,
    )
    cells = [f"{each:.3f}" for each in seconds]
    return [f"{width} x {height}", *cells, f"{seconds[0] / seconds[1]:.1f}"]


def there_and_back(network: Vgg, image: Tensor) -> None:
    """Look at the image and take the gradient of something simple at every tap."""
    image = image.clone().requires_grad_()
    taps = network.feature_maps(image, HYPERPARAMETERS.layers, nothing)
    upstream = {maps: maps.detach() for _, maps in taps}
    torch.autograd.grad(list(upstream), image, list(upstream.values()))


def interleaved(actions: list[Callable[[], object]], rounds: int) -> list[float]:
    """Return each action's median time; they take turns, after a first unmeasured."""
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds + 1):
        for action, found in zip(actions, times, strict=True):
            began_s = time.perf_counter()
            action()
            found.append(time.perf_counter() - began_s)
    return [statistics.median(found[1:]) for found in times]


def nothing() -> None:
    """An interruption check that never stops."""
