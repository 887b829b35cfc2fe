"""A painting's colours for a cloud, without its strokes: transport of one palette.

Colours are moved in OKLab, in which equal distances look alike. No network, no views
but those that are shown.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial

import numpy as np
import torch
from PIL import Image

from app.contract.kinds.pointcloud.choices import PALETTE_STEPS
from worker.cloudfile.cloud import Floats, Integers
from worker.engine.images import to_tensor
from worker.engine.judgement.palette import oklab, srgb
from worker.engine.pointcloud.job import CloudJob
from worker.engine.pointcloud.options import CloudOptions
from worker.engine.pointcloud.palette import as_column, from_column
from worker.engine.pointcloud.result import finished, shown_numbers, shown_view
from worker.engine.pointcloud.step import CloudStep
from worker.engine.pointcloud.views import Views, views_of

#: Long side of the paintings whose pixels are the wanted colours.
_PAINTING_PX = 384


def paint_palette(job: CloudJob) -> Iterator[CloudStep]:
    """Yield a step for each set of directions; the last one has the result."""
    began_s = time.monotonic()
    moved = oklab(as_column(job.cloud.colors))
    wanted = wanted_colors(job.style_images, job.weights)
    random = np.random.default_rng(job.options.seed)
    with closing(views_of(job.cloud, job.options, job.check, job.cameras)) as views:
        for step in range(1, PALETTE_STEPS + 1):
            moved = moved_once(moved, wanted, random, job.check)
            is_done = step == PALETTE_STEPS
            is_last = is_done or job.is_finishing()
            colors = partial(mixed, job.cloud.colors, moved, job.options.style_strength)
            yield CloudStep(
                step=step,
                total_steps=PALETTE_STEPS,
                scale=1,
                total_scales=1,
                side_px=views.side_px,
                view=shown_numbers(len(views))[0] + 1,
                views_ready=views.ready,
                total_views=len(views),
                fraction=1.0 if is_last else step / PALETTE_STEPS,
                losses=None,
                elapsed_s=time.monotonic() - began_s,
                is_last=is_last,
                stopped_early=is_last and not is_done,
                picture=partial(_look, views, colors, job.options),
                state=None,
                result=finished(job.cloud, colors(), views, job.options, job.check)
                if is_last
                else None,
            )
            if is_last:
                return


def _look(
    views: Views, colors: Callable[[], Floats], options: CloudOptions
) -> Image.Image:
    """Return a view that the result shows, too; most steps are never looked at."""
    return shown_view(views, shown_numbers(len(views))[0], colors(), options)


def wanted_colors(images: Sequence[Image.Image], weights: Sequence[float]) -> Floats:
    """Return (M, 3) in OKLab: of each painting as many as its weight says.

    Args:
        images: RGB.
        weights: adding up to 1.
    """
    parts = []
    for image, weight in zip(images, weights, strict=True):
        small = image.copy()
        small.thumbnail((_PAINTING_PX, _PAINTING_PX))
        pixels = from_column(
            oklab(to_tensor(small, *small.size)).flatten(2)[:, :, :, None]
        )
        count = max(1, round(weight * _PAINTING_PX**2))
        chosen = np.linspace(0, len(pixels) - 1, count).round().astype(np.int64)
        parts.append(pixels[chosen])
    return np.concatenate(parts)


def moved_once(
    colors: torch.Tensor,
    wanted: Floats,
    random: np.random.Generator,
    check: Callable[[], None],
) -> torch.Tensor:
    """Return colours, (1, 3, N, 1), whose order along three directions is as wanted.

    Source: Pitie, Kokaram and Dahyot 2007, algorithm 1; of one direction the transport
    is exact.
    """
    axes = np.linalg.qr(random.normal(size=(3, 3)))[0].astype(np.float32)
    along = from_column(colors) @ axes
    goal = np.sort(wanted @ axes, axis=0)
    levels = (np.arange(len(along), dtype=np.float64) + 0.5) / len(along)
    places = (np.arange(len(goal), dtype=np.float64) + 0.5) / len(goal)
    for axis in range(3):
        check()
        order = ascending(along[:, axis])
        along[order, axis] = np.interp(levels, places, goal[:, axis])
    return as_column((along @ axes.T).astype(np.float32))


def ascending(values: Floats) -> Integers:
    """Return the order of finite values (N,), of equal ones the first first.

    The same as NumPy's stable order in a fifth of its time: a value's bits and its
    place make one whole number, and numbers alone are sorted by vector instructions.
    """
    bits = np.ascontiguousarray(values + np.float32(0)).view(np.int32)  # no -0
    # Of negative floats the bits go down as the values go up.
    key = np.where(bits < 0, ~bits, bits ^ np.int32(-(2**31))).view(np.uint32)
    both = (key.astype(np.uint64) << np.uint64(32)) | np.arange(
        len(values), dtype=np.uint64
    )
    both.sort()
    return (both & np.uint64(2**32 - 1)).astype(np.int64)


def mixed(before: Floats, moved: torch.Tensor, strength: float) -> Floats:
    """Return (N, 3) between the colours that came and the moved ones.

    Args:
        before: (N, 3), sRGB.
        moved: (1, 3, N, 1), OKLab.
        strength: 0.5 and more for the moved ones alone.
    """
    share = min(1.0, 2 * strength)
    return from_column(torch.lerp(as_column(before), srgb(moved), share))
