"""The fast networks against the files they come from, in ONNX Runtime.

Both on the same threads, in turn; only the networks are timed, and how far apart their
pictures are is told beside the time.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.contract.packs.architectures import ARCHITECTURES, ArchitectureName
from benchmarks.clock import medians, timed
from benchmarks.pictures import as_tensor, content_picture, style_picture
from benchmarks.table import show
from worker.engine.feedforward.network import TransformNetwork
from worker.engine.feedforward.normalization import Condition
from worker.engine.feedforward.padding import on_grid
from worker.engine.feedforward.paintings import PaintingReader
from worker.engine.feedforward.predictor import PAINTING_PX, StylePredictor
from worker.engine.feedforward.weights import load, load_arbitrary, load_multistyle
from worker.engine.machine.device import keep_freed_memory, use_threads

SIZES_PX = (256, 512, 1024)
ROUNDS = 7
STYLE = 7
STYLES = 26
#: The only size of the arbitrary network's file.
FILE_PX = 384
NOTE = (
    "Ratio: our time by ONNX Runtime's, medians of interleaved rounds; below 1 ours is "
    "quicker. Difference: the greatest of the two pictures, 1 is from black to white. "
    f"The arbitrary file is int8 and of {FILE_PX} x {FILE_PX} px alone: its time is "
    "scaled by the pixels, and its rounding is most of the difference."
)
# Any: onnxruntime has no types.
Session = Any


def main(words: Sequence[str]) -> None:
    """Print a row for each network and size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fast")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES_PX))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args(words)
    use_threads(arguments.threads)
    keep_freed_memory()
    with torch.inference_mode():
        rows = _of_26(arguments) + _arbitrary(arguments)
    show(
        f"Fast networks against ONNX Runtime, {arguments.threads} threads",
        ["network", "long side", "ours, s", "ONNX Runtime, s", "ratio", "difference"],
        rows,
        [NOTE],
    )


def _of_26(arguments: argparse.Namespace) -> list[list[str]]:
    weights = load_multistyle()
    shape = ARCHITECTURES[ArchitectureName.MULTISTYLE]
    network = TransformNetwork(shape, weights.kernels)
    style = {name: each[STYLE] for name, each in weights.styles.items()}
    only = np.eye(STYLES, dtype=np.float32)[STYLE]
    session = _session(load.MULTISTYLE.checked(), arguments.threads)
    rows = []
    for size_px in arguments.sizes:
        image = on_grid(as_tensor(content_picture(), size_px))
        feed = {"image": image.numpy(), "style_weights": only}
        ours, theirs = _painter(network, image, style), _runner(session, feed)
        seconds = _seconds(ours, theirs, arguments.rounds)
        difference = np.abs(ours().numpy() - theirs()).max()
        rows.append(_row("26 styles", f"{size_px} px", seconds, difference))
    return rows


def _arbitrary(arguments: argparse.Namespace) -> list[list[str]]:
    weights = load_arbitrary()
    shape = ARCHITECTURES[ArchitectureName.ARBITRARY]
    network = TransformNetwork(shape, weights.kernels)
    reader = PaintingReader(weights, torch.device("cpu"))
    style = reader.condition(style_picture())
    vector = reader.vector(style_picture()).view(1, 1, 1, -1).numpy()
    session = _session(load.ARBITRARY_TRANSFORM.checked(), arguments.threads)
    names = [each.name for each in session.get_inputs()]
    rows = []
    for size_px in (FILE_PX, *arguments.sizes):
        picture = content_picture().resize((size_px, size_px))
        image = on_grid(as_tensor(picture, size_px))
        small = as_tensor(content_picture().resize((FILE_PX, FILE_PX)), FILE_PX)
        feed = {names[0]: small.permute(0, 2, 3, 1).numpy(), names[1]: vector}
        ours, theirs = _painter(network, image, style), _runner(session, feed)
        seconds = _seconds(ours, theirs, arguments.rounds)
        seconds["theirs"] *= (size_px / FILE_PX) ** 2
        difference = None
        if size_px == FILE_PX:
            found = ours().permute(0, 2, 3, 1).numpy()
            difference = np.abs(found - theirs()).max()
        rows.append(_row("any painting", f"{size_px} px", seconds, difference))
    return [*rows, _vector_row(weights.predictor, arguments)]


def _vector_row(
    predictor: Mapping[str, Tensor], arguments: argparse.Namespace
) -> list[str]:
    looks, picture = StylePredictor(predictor), style_picture()
    painting = as_tensor(picture.resize((PAINTING_PX, PAINTING_PX)), PAINTING_PX)
    session = _session(load.ARBITRARY_PREDICT.checked(), arguments.threads)
    feed = {session.get_inputs()[0].name: painting.permute(0, 2, 3, 1).numpy()}
    ours, theirs = (lambda: looks(painting)), _runner(session, feed)
    seconds = _seconds(ours, theirs, arguments.rounds)
    difference = np.abs(ours().numpy() - theirs().ravel()).max()
    return _row("style of a painting", f"{PAINTING_PX} px", seconds, difference)


def _session(path: Path, threads: int) -> Session:
    import onnxruntime  # noqa: PLC0415 - a program beside ours, and only here

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )


def _painter(
    network: TransformNetwork, image: Tensor, style: Condition
) -> Callable[[], Tensor]:
    return lambda: network(image, style).sigmoid_()


def _runner(
    session: Session, feed: dict[str, "np.ndarray[Any, Any]"]
) -> Callable[[], "np.ndarray[Any, Any]"]:
    return lambda: session.run(None, feed)[0]


def _seconds(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> dict[str, float]:
    ours(), theirs()  # the first call makes what the others find
    ways = {"ours": lambda: timed(ours), "theirs": lambda: timed(theirs)}
    return medians(ways, rounds)


def _row(
    name: str, size: str, seconds: dict[str, float], difference: float | None
) -> list[str]:
    ours, theirs = seconds["ours"], seconds["theirs"]
    told = "-" if difference is None else f"{difference:.1e}"
    return [name, size, f"{ours:.3f}", f"{theirs:.3f}", f"{ours / theirs:.2f}", told]
