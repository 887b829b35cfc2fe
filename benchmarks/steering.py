"""What steering costs and what it does to a picture, against what was promised.

The floors are those of the design; two processor cores are meant by them.
"""

import argparse
import os
import time
from collections.abc import Sequence
from statistics import fmean

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.pictures import content_picture, style_picture
from benchmarks.scores import judged
from benchmarks.service import steering as of_service
from benchmarks.table import show
from worker.engine import (
    Controls,
    LateMask,
    Preset,
    Scheduled,
    StyleEngine,
    StylizeOptions,
)

_TAKES = 20_000
_STRENGTH = 0.5
NOTE = (
    "Times are wall time, seen by a client that looks every 20 ms; they mean little on "
    "a machine that others use, see the load average. Style and content are the "
    "judge's; its style is the mean of the shallow and the deep error. A time slice is "
    "2 s here. What a beat costs more than without controls is not measured."
)


def main(words: Sequence[str]) -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks steering")
    parser.add_argument("--sizes", type=int, nargs="*", default=[256, 512])
    parser.add_argument("--rounds", type=int, default=20, help="of each request")
    parser.add_argument("--drafts", type=int, default=10)
    parser.add_argument("--draft-size", type=int, default=128)
    parser.add_argument("--long-steps", type=int, default=2000)
    parser.add_argument("--size", type=int, default=256, help="of the judged pictures")
    parser.add_argument("--steps", type=int, default=120, help="likewise")
    asked = parser.parse_args(words)
    before = os.getloadavg()[0]
    turns = of_service.Turns(
        drafts=asked.drafts, size=asked.draft_size, long_steps=asked.long_steps
    )
    rows = of_service.rows(asked.sizes, asked.rounds, turns)
    engine = StyleEngine.load()
    rows += [
        *_stronger(engine, asked.size, asked.steps),
        _left_out(engine, asked.size, asked.steps),
        _unsteered(engine, asked.size),
    ]
    notes = [NOTE, f"Load average {before:.1f} before, {os.getloadavg()[0]:.1f} after."]
    show("Steering", ["what", "measured", "floor"], rows, notes)


def _painted(
    engine: StyleEngine, size: int, steps: int, strength: float, *changes: Scheduled
) -> Image.Image:
    options = StylizeOptions(
        size_px=size, steps=steps, preset=Preset.DRAFT, style_strength=strength
    )
    for step in engine.stylize(
        content_picture(), style_picture(), options, controls=Controls(changes)
    ):
        picture = step.picture()
    return picture


def _stronger(engine: StyleEngine, size: int, steps: int) -> list[list[str]]:
    """Return how near a run whose strength is raised comes to one that had it."""
    more = Scheduled(steps // 2, {"style_strength": 1.6 * _STRENGTH})
    pictures = {
        "unchanged": _painted(engine, size, steps, _STRENGTH),
        "all along": _painted(engine, size, steps, 1.6 * _STRENGTH),
        "steered": _painted(engine, size, steps, _STRENGTH, more),
    }
    style = {name: _style_error(picture) for name, picture in pictures.items()}
    ratios = [
        ("all along", "at most 1.1"),
        ("unchanged", "below 1"),
    ]
    return [
        [
            f"style strength x 1.6 at half of {steps} steps, {size} px",
            f"style error {style['steered'] / style[name]:.2f} of that {name}",
            floor,
        ]
        for name, floor in ratios
    ]


def _style_error(picture: Image.Image) -> float:
    report = judged(picture)
    return fmean((report.style_error_shallow, report.style_error_deep))


def _left_out(engine: StyleEngine, size: int, steps: int) -> list[str]:
    """Return how far a half that a mask leaves out at half comes back."""
    mask = Image.new("L", content_picture().size)
    ImageDraw.Draw(mask).rectangle((0, 0, mask.width // 2, mask.height), 255)
    later = Scheduled(steps // 2, {"mask/0": LateMask("left", lambda: mask)})
    far = [
        _distance(_painted(engine, size, steps, _STRENGTH, *changes))
        for changes in ((), (later,))
    ]
    return [
        f"right half left out at half of {steps} steps, {size} px",
        f"{far[1] / far[0]:.2f} of the distance from the photograph without it",
        "at most 0.5",
    ]


def _distance(picture: Image.Image) -> float:
    """Return the right half's mean difference from the photograph, in levels."""
    half = (picture.width * 5 // 8, 0, picture.width, picture.height)
    photograph = content_picture().resize(picture.size, Image.Resampling.LANCZOS)
    levels = [np.asarray(each.crop(half), float) for each in (picture, photograph)]
    return float(np.abs(levels[0] - levels[1]).mean())


def _unsteered(engine: StyleEngine, size: int) -> list[str]:
    """Return what a step pays for asking whether anything changes."""
    controls = Controls()
    began_s = time.process_time()
    for step in range(_TAKES):
        controls.take(step)
    take_s = (time.process_time() - began_s) / _TAKES
    options = StylizeOptions(size_px=size, rungs=((size, 4),))
    began_s = time.process_time()
    list(engine.stylize(content_picture(), style_picture(), options))
    step_s = (time.process_time() - began_s) / 4
    return [
        f"an unsteered job asks, {size} px",
        f"{1e6 * take_s:.1f} us a step, {100 * take_s / step_s:.4f} % of it",
        "1 %",
    ]
