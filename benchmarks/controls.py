"""What each control costs or gains: time of a step and memory, against the default."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import torch
from PIL import Image, ImageDraw

from benchmarks.clock import medians, now_s
from benchmarks.pictures import content_picture, style_picture
from benchmarks.presets import gibibytes
from benchmarks.table import show
from worker.engine import Step, StyleEngine, StylizeOptions
from worker.engine import Style as Painting
from worker.engine.features.backbones.backends import BackendName
from worker.engine.machine import device

STEPS = 6
BATCH = 4
#: By name: what differs from the default.
CONTROLS: dict[str, dict[str, object]] = {
    "default": {},
    "style_loss=gram": {"style_loss": "gram"},
    "style_loss=mean_std": {"style_loss": "mean_std"},
    "style_loss=nearest": {"style_loss": "nearest"},
    "style_loss=optimal_transport": {"style_loss": "optimal_transport"},
    "guidance=auto": {"style_loss": "nearest", "guidance": "auto"},
    "content_loss=self_similarity": {"content_loss": "self_similarity"},
    "pooling=average": {"pooling": "average"},
    "optimizer=lbfgs": {"optimizer": "lbfgs"},
    "gradient_clip=1": {"gradient_clip": 1.0},
    "early_stop": {"early_stop": True},
    "precision=float32": {"precision": "float32"},
    "precision=bfloat16": {"precision": "bfloat16"},
    "precision=float16": {"precision": "float16"},
    "precision=half": {"precision": "half"},
    "memory=recompute": {"memory": "recompute"},
    "memory=tiles, 512": {"memory": "tiles", "tile_px": 512},
    "memory=tiles, 256": {"memory": "tiles", "tile_px": 256},
}
NOTE = (
    "One rung at the long side given, steps after the first; memory is what the job "
    "takes at its peak above what stays (torch, networks). The ratio is to the "
    "default of the same run. Where a CPU has no 16-bit arithmetic it is emulated."
)


def main(words: Sequence[str]) -> None:
    """Print a row a control."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks controls")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--without", nargs="*", default=[], help="words to leave out")
    arguments = parser.parse_args(words)
    engine = StyleEngine.load()
    ways = _ways(engine, arguments.size, arguments.without)
    taken: dict[str, int | None] = {}

    def measured(name: str, way: Callable[[], float]) -> float:
        if name not in taken:
            way()  # networks are made and pages touched once
        before_bytes = _resident_bytes(engine)
        seconds = way()
        peak_bytes = engine.peak_memory_bytes()
        taken[name] = None
        if peak_bytes is not None and before_bytes is not None:
            taken[name] = peak_bytes - before_bytes
        return seconds

    seconds = medians(
        {name: partial(measured, name, way) for name, way in ways.items()},
        arguments.rounds,
    )
    rows = [
        [
            name,
            f"{each:.3f}",
            f"{each / seconds['default']:.2f}",
            gibibytes(taken[name]),
        ]
        for name, each in seconds.items()
    ]
    description = engine.describe()
    show(
        f"Controls at {arguments.size} px, {description.precision}, "
        f"{description.convolutions}, {description.threads} threads",
        ["control", "s/step", "against default", "memory"],
        rows,
        [NOTE],
    )


def _resident_bytes(engine: StyleEngine) -> int | None:
    """Return what the process, or its part of the device, holds now."""
    device.reset_peak_memory(torch.device(engine.describe().device))
    return engine.peak_memory_bytes()


def _ways(
    engine: StyleEngine, size_px: int, without: Sequence[str]
) -> dict[str, Callable[[], float]]:
    options = StylizeOptions(size_px=size_px, rungs=((size_px, STEPS),))
    ways: dict[str, Callable[[], float]] = {
        name: partial(_one_s, engine, replace(options, **changes))
        for name, changes in CONTROLS.items()
    }
    ways["two paintings, a mask"] = partial(_masked_s, engine, options)
    ways[f"batch of {BATCH}, a picture"] = partial(_batch_s, engine, options)
    torch_alone = StyleEngine.load(convolutions=BackendName.TORCH.value)
    ways["convolutions=torch"] = partial(_one_s, torch_alone, options)
    return {
        name: way
        for name, way in ways.items()
        if not any(word in name for word in without)
    }


def _one_s(engine: StyleEngine, options: StylizeOptions) -> float:
    return _step_s(engine.stylize(*_pair(), options, report_interval_s=0))


def _masked_s(engine: StyleEngine, options: StylizeOptions) -> float:
    content, style = _pair()
    mask = Image.new("L", content.size)
    ImageDraw.Draw(mask).rectangle((0, 0, content.width, content.height // 2), "white")
    turned = style.transpose(Image.Transpose.ROTATE_90)
    styles = [Painting(image=style), Painting(image=turned, mask=mask)]
    return _step_s(engine.stylize(content, styles, options, report_interval_s=0))


def _batch_s(engine: StyleEngine, options: StylizeOptions) -> float:
    content, style = _pair()
    steps = engine.stylize_batch(
        [content] * BATCH, [style] * BATCH, options, report_interval_s=0
    )
    return _step_s(steps) / BATCH


def _step_s(steps: Iterator[Step]) -> float:
    """Return the mean time of the steps after the first, which looks at the style."""
    times = [now_s() for _ in steps]
    return (times[-1] - times[0]) / (len(times) - 1)


def _pair() -> tuple[Image.Image, Image.Image]:
    return content_picture(), style_picture()
