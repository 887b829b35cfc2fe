"""Clouds: how long they take, and how they look from cameras that did not paint.

Style errors are those of the judge (`worker.engine.pointcloud.report`), on four
held-out views; the painting is ours, the cloud is made.
"""

import argparse
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.clouds import ring
from benchmarks.pictures import style_picture
from benchmarks.rooms import room
from benchmarks.table import show
from worker.cloudfile.cameras import frame_of, held_out_pairs
from worker.engine import StyleEngine
from worker.engine.feedforward import FastEngine
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.pointcloud.job import CloudJob
from worker.engine.pointcloud.options import CloudOptions
from worker.engine.pointcloud.painter import paint_cloud
from worker.engine.pointcloud.quick import paint_quickly
from worker.engine.pointcloud.report import HELD_OUT, Judge, judge_cloud
from worker.engine.pointcloud.result import shown_view
from worker.engine.pointcloud.transport import paint_palette
from worker.engine.pointcloud.views import Views
from worker.runners.pointcloud.runner import fast_view

CLOUDS = {"points": ring, "splats": partial(ring, splats=True), "room": room}
NOTE = (
    "Seconds of the wall and of the CPU from the cloud in memory to the result. Style "
    "error: of held-out views, part of what it was before. Edges: correlation with the "
    "unpainted views. Consistency: reprojection error between neighbouring held-out "
    "views, before and after."
)


def main(words: Sequence[str]) -> None:
    """Print the table."""
    asked = _arguments(words)
    engine, fast = StyleEngine.load(), FastEngine.load()
    rows = []
    for name in [asked.only] if asked.only else CLOUDS:
        cloud = CLOUDS[name](asked.points)
        for mode in asked.modes:
            options = CloudOptions(
                mode=mode, views=asked.views, view_px=asked.view_px, steps=asked.steps
            )
            job = CloudJob(
                cloud=cloud,
                style_images=[style_picture()],
                style_weights=[1.0],
                options=options,
                hyperparameters=HYPERPARAMETERS,
                check=lambda: None,
                changes=lambda _: {},
                is_finishing=lambda: False,
            )
            rows.append(_row(name, job, engine, fast, asked.save))
    columns = "cloud|mode|seconds|CPU s|recolored|style error|edges|consistency"
    show("Clouds", columns.split("|"), rows, [NOTE])


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks pointcloud")
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--views", type=int, default=16)
    parser.add_argument("--view-px", type=int, default=256)
    parser.add_argument("--steps", type=int, default=96)
    parser.add_argument("--modes", nargs="+", default=["paint", "quick", "palette"])
    parser.add_argument("--only", choices=[*CLOUDS])
    parser.add_argument("--save", type=Path, help="a folder for held-out views")
    return parser.parse_args(words)


def _row(
    name: str,
    job: CloudJob,
    engine: StyleEngine,
    fast: FastEngine,
    folder: Path | None,
) -> list[str]:
    steps = {
        "paint": partial(paint_cloud, job, engine.extractor()),
        "quick": partial(paint_quickly, job, partial(fast_view, fast, job)),
        "palette": partial(paint_palette, job),
    }[job.options.mode]
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    *_, last = steps()
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    made = last.result
    colors = np.frombuffer(made.content, np.float32).reshape(-1, 3)
    cameras = held_out_pairs(frame_of(job.cloud.centred), HELD_OUT)
    options = job.options
    views = Views(job.cloud, cameras, options.view_px, options.harmonics, job.check)
    judge = Judge(
        network=engine.extractor(), style_images=[style_picture()], weights=[1.0]
    )
    with closing(views):
        told = judge_cloud(views, job.cloud.colors, colors, job.check, judge)
        if folder is not None:
            _save(views, job, colors, folder / f"{name}-{options.mode}.png")
    return [
        f"{made.points} {name}",
        str(options.mode),
        f"{took_s:.1f}",
        f"{cpu_s:.1f}",
        f"{made.recolored / made.points:.2f}",
        f"{told.ratio:.2f}",
        f"{told.edge_correlation:.2f}",
        f"{told.consistency_before:.3f} {told.consistency_after:.3f}",
    ]


def _save(views: Views, job: CloudJob, colors: np.ndarray, path: Path) -> None:
    """Write held-out views before, above, and after."""
    side_px = views.side_px
    sheet = Image.new("RGB", (side_px * len(views), side_px * 2))
    for row, each in enumerate((job.cloud.colors, colors)):
        for number in range(len(views)):
            picture = shown_view(views, number, each, job.options)
            sheet.paste(picture, (number * side_px, row * side_px))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
