"""Small pictures, a small seeded network, and the real weights once a session."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from app.contract.painting.choices import Precision
from worker.engine import Step, StyleEngine, StylizeOptions
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.networks import NetworkCache
from worker.engine.features.weights import VggNetwork, VggWeights, load_weights
from worker.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters
from worker.engine.machine.device import Compute
from worker.engine.painting.style_cache import DEFAULT_BYTES

#: Channels of the five blocks: the graph is VGG19's, a few thousand times cheaper.
SMALL_CHANNELS = (6, 8, 10, 12, 12)


def small_tensors(seed: int = 0) -> dict[str, torch.Tensor]:
    """Weights of a narrow VGG19, drawn so that activations keep their size."""
    random = torch.Generator().manual_seed(seed)
    tensors, inputs = {}, 3
    for block, (count, outputs) in enumerate(
        zip(VggNetwork.VGG19.description.convolutions, SMALL_CHANNELS, strict=True),
        start=1,
    ):
        for index in range(1, count + 1):
            name = f"conv{block}_{index}"
            kernel = torch.randn(outputs, inputs, 3, 3, generator=random)
            kernel *= math.sqrt(2 / (9 * inputs))
            if name == "conv1_1":
                kernel /= 64  # its pixels go from -124 to 151
            tensors[f"{name}.weight"] = kernel
            tensors[f"{name}.bias"] = torch.randn(outputs, generator=random) * 0.1
            inputs = outputs
    return tensors


SMALL = VggWeights(small_tensors(), "of a small network", VggNetwork.VGG19)


def small_network(precision: Precision = Precision.FLOAT32) -> Vgg:
    return Vgg(SMALL, precision=precision, activation_scale=1.0)


CPU = torch.device("cpu")
#: What tests compute with unless they name something else: never what the machine at
#: hand would choose. `auto` is tested where it is chosen.
PINNED = {"device": "cpu", "precision": "float32", "convolutions": "torch"}
#: The same for the command line.
PINNED_FLAGS = (
    *(word for name, value in PINNED.items() for word in (f"--{name}", value)),
    "--threads",
    "1",
)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Compute with one thread: the last digits depend on how many there are."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def new_small_engine(
    device: torch.device = CPU,
    style_cache_bytes: int = DEFAULT_BYTES,
    hyperparameters: Hyperparameters = HYPERPARAMETERS,
) -> StyleEngine:
    """An engine that remembers nothing yet."""
    shelf = NetworkCache(lambda *_: SMALL, device)
    compute = Compute(device, Precision.FLOAT32)
    return StyleEngine(shelf, compute, hyperparameters, style_cache_bytes)


@pytest.fixture(scope="session")
def small_engine() -> StyleEngine:
    return new_small_engine()


@pytest.fixture(scope="session")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="session")
def real_weights(weights_dir: Path) -> VggWeights:
    return load_weights(cache_dir=weights_dir)


@pytest.fixture(scope="session")
def real_engine(real_weights: VggWeights, weights_dir: Path) -> StyleEngine:
    return StyleEngine.load(**PINNED, cache_dir=weights_dir)


def hills(width_px: int = 96, height_px: int = 64) -> Image.Image:
    """A content: a dark ridge with towers under a pale sky."""
    across = np.linspace(0, 1, width_px)[None, :]
    down = np.linspace(0, 1, height_px)[:, None]
    ridge = 0.55 + 0.12 * np.sin(7 * across) + 0.05 * np.sin(23 * across)
    towers = (np.sin(40 * across) > 0.8) & (down > 0.3)
    ground = (down > ridge) | towers
    red = np.where(ground, 0.25 + 0.2 * across, 0.75 - 0.2 * down)
    green = np.where(ground, 0.30 + 0.1 * down, 0.80 - 0.1 * across)
    blue = np.where(ground, 0.22 + 0.0 * across, 0.85 - 0.1 * down)
    return _picture(red, green, blue)


def strokes(width_px: int = 80, height_px: int = 80) -> Image.Image:
    """A style: orange and blue waves, nothing like the hills in colour or texture."""
    across = np.linspace(0, 1, width_px)[None, :]
    down = np.linspace(0, 1, height_px)[:, None]
    wave = np.sin(60 * down + 8 * np.sin(6 * across)) * 0.5 + 0.5
    spots = np.sin(31 * across) * np.sin(29 * down)
    return _picture(
        0.15 + 0.8 * wave, 0.25 + 0.3 * wave + 0.1 * spots, 0.75 - 0.65 * wave
    )


def _picture(red: np.ndarray, green: np.ndarray, blue: np.ndarray) -> Image.Image:
    levels = np.stack(np.broadcast_arrays(red, green, blue), axis=-1).clip(0, 1) * 255
    return Image.fromarray(levels.round().astype(np.uint8))


class StoppedError(Exception):
    """Somebody wanted a job to end."""


class Stop:
    """A check that ends a job once it is told to."""

    is_told = False

    def __call__(self) -> None:
        if self.is_told:
            raise StoppedError


def paint_with(
    engine: StyleEngine,
    options: StylizeOptions,
    *,
    content_image: Image.Image | None = None,
    style_image: Image.Image | None = None,
    report_interval_s: float = 0.25,
) -> tuple[Image.Image, list[Step]]:
    """Run a whole job; return the result and the steps that were reported."""
    steps = []
    picture = None
    for step in engine.stylize(
        content_image or hills(),
        style_image or strokes(),
        options,
        report_interval_s=report_interval_s,
    ):
        steps.append(step)
        if step.is_last:
            picture = step.picture()
    assert picture is not None
    return picture, steps


def distance(one: Image.Image, two: Image.Image) -> float:
    """Root mean square difference of two pictures, in levels of 255."""
    levels = [np.asarray(each, dtype=np.float64) for each in (one, two)]
    return float(np.sqrt(np.mean((levels[0] - levels[1]) ** 2)))


@pytest.fixture
def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)
