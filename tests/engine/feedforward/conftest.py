"""The real fast networks, converted once a session, and what they must equal."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

from tests.engine.conftest import CPU
from worker.engine.feedforward.engine import FastEngine
from worker.engine.feedforward.weights import (
    ArbitraryWeights,
    MultistyleWeights,
    load_arbitrary,
    load_multistyle,
)
from worker.engine.images import to_tensor

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="session")
def fast_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fast")


@pytest.fixture(scope="session")
def multistyle(fast_cache: Path) -> MultistyleWeights:
    return load_multistyle(fast_cache)


@pytest.fixture(scope="session")
def arbitrary(fast_cache: Path) -> ArbitraryWeights:
    return load_arbitrary(fast_cache)


@pytest.fixture(scope="session")
def fast_engine(
    multistyle: MultistyleWeights, arbitrary: ArbitraryWeights
) -> FastEngine:
    return FastEngine(multistyle, arbitrary, CPU)


def session(
    model: Path | bytes, *, is_fused: bool = True
) -> onnxruntime.InferenceSession:
    """Return what runs a model; one that is not fused, node by node as written."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    if not is_fused:
        level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.graph_optimization_level = level
    source = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(
        source, options, providers=["CPUExecutionProvider"]
    )


def content(name: str) -> Image.Image:
    return Image.open(EXAMPLES / "contents" / f"{name}.jpg").convert("RGB")


def painting(name: str) -> Image.Image:
    return Image.open(EXAMPLES / "styles" / f"{name}.jpg").convert("RGB")


def square(picture: Image.Image, side_px: int) -> torch.Tensor:
    """The middle of a picture, (1, 3, side, side)."""
    side = min(picture.size)
    left, top = ((each - side) // 2 for each in picture.size)
    box = (left, top, left + side, top + side)
    return to_tensor(picture.crop(box), side_px, side_px)


def levels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, dtype=np.float64)


def psnr(one: Image.Image, two: Image.Image) -> float:
    error = float(np.mean((levels(one) - levels(two)) ** 2))
    return 10 * np.log10(255**2 / max(error, 1e-9))
