"""What fast pictures must fulfil, whatever the machine: no row is a time.

Style errors are the judge's, shallow and deep together, for pictures of examples/.
"""

import argparse
import dataclasses
import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image

from benchmarks.pictures import (
    at_size,
    content_picture,
    style_picture,
    vivid_picture,
)
from benchmarks.table import show
from worker.engine import judge
from worker.engine.features.weights import load_weights
from worker.engine.features.weights.vgg_weights import VggWeights
from worker.engine.feedforward import FastEngine, FastOptions, FastStyle

SIZE_PX = 256
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
BUILTIN = 3


def main(words: Sequence[str]) -> None:
    """Print a row for each floor."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fast-floors")
    parser.add_argument("--size", type=int, default=SIZE_PX)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args(words)
    engine = FastEngine.load(device="cpu", threads=arguments.threads)
    options = FastOptions(size_px=arguments.size)
    rows = [
        *_strengths(engine, options),
        *_blend(engine, options),
        _again(engine, options),
    ]
    show(
        f"Fast pictures, {arguments.size} px",
        ["what", "found", "floor"],
        rows,
        ["Style error: the judge's shallow and deep ones added up, 0 is best."],
    )


def _strengths(engine: FastEngine, options: FastOptions) -> list[list[str]]:
    weights = load_weights("vgg19")
    photograph, errors = at_size(content_picture(), options.size_px), []
    rows = []
    for strength in STRENGTHS:
        chosen = dataclasses.replace(options, style_strength=strength)
        made = engine.stylize(content_picture(), style_picture(), chosen)
        errors.append(_error(style_picture(), made, weights))
        if strength == 0:
            rows.append(["PSNR at strength 0", _psnr(made, photograph), ">= 40 dB"])
    falls = all(later <= before for before, later in pairwise(errors))
    told = ", ".join(f"{each:.3f}" for each in errors)
    strengths = ", ".join(f"{each:g}" for each in STRENGTHS)
    rows.append(
        [f"style error at strengths {strengths}", told, f"falls: {_told(falls)}"]
    )
    fall = 1 - errors[STRENGTHS.index(0.5)] / errors[0]
    return [*rows, ["style error falls by", f"{fall:.0%}", ">= 40 % on average"]]


def _blend(engine: FastEngine, options: FastOptions) -> list[list[str]]:
    weights = load_weights("vgg19")
    paintings = (style_picture(), vivid_picture())
    one, two = (FastStyle(image=each) for each in paintings)
    rows = []
    first, both, second = (
        engine.stylize(content_picture(), styles, options)
        for styles in ([one], [one, two], [two])
    )
    orders = {"first": (first, both, second), "second": (second, both, first)}
    for name, painting in zip(orders, paintings, strict=True):
        errors = [_error(painting, each, weights) for each in orders[name]]
        between = sorted(errors)[1] == errors[1]
        told = ", ".join(f"{each:.3f}" for each in errors)
        what = f"style error to the {name}: its own, the blend's, the other's"
        rows.append([what, told, f"between: {_told(between)}"])
    return rows


def _again(engine: FastEngine, options: FastOptions) -> list[str]:
    first = engine.stylize(content_picture(), style_picture(), options)
    engine.stylize(style_picture(), [FastStyle(pack=engine.builtin(BUILTIN))], options)
    again = engine.stylize(content_picture(), style_picture(), options)
    is_equal = first.tobytes() == again.tobytes()
    return ["the same picture after another one", _told(is_equal), "equal bytes: yes"]


def _error(painting: Image.Image, made: Image.Image, weights: VggWeights) -> float:
    report = judge(content_picture(), painting, made, weights)
    return report.style_error_shallow + report.style_error_deep


def _psnr(one: Image.Image, two: Image.Image) -> str:
    levels = (np.asarray(each, dtype=np.float64) for each in (one, two))
    error = float(np.square(np.subtract(*levels)).mean())
    return "the same" if error == 0 else f"{10 * math.log10(255**2 / error):.0f} dB"


def _told(holds: bool) -> str:
    return "yes" if holds else "no"
