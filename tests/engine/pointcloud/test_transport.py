"""Colours brought in order, and which points lie next to each."""

import numpy as np
from PIL import Image

from tests.engine.pointcloud.clouds import torus
from worker.cloudfile.nearest import nearest_of_each
from worker.engine.judgement.palette import oklab, palette_distance
from worker.engine.pointcloud.palette import as_column
from worker.engine.pointcloud.transport import ascending, moved_once, wanted_colors


def test_values_are_in_numpys_stable_order() -> None:
    random = np.random.default_rng(0)
    drawn = random.normal(size=3000).astype(np.float32)
    equal = random.integers(-2, 3, 3000).astype(np.float32)
    signs = np.array([0.0, -0.0, 1e-45, -1e-45, -0.0, 0.0], np.float32)
    for values in (drawn, equal, signs, drawn[::2], np.float32([7])):
        order = ascending(values)
        assert np.array_equal(order, np.argsort(values, kind="stable"))


def test_moved_colours_are_the_paintings() -> None:
    colors = as_column(torus(4000)[1])
    painting = Image.effect_noise((64, 64), 60).convert("RGB")
    wanted = wanted_colors([painting], [1.0])
    random = np.random.default_rng(1)
    moved = before = oklab(colors)
    for _ in range(12):
        moved = moved_once(moved, wanted, random, lambda: None)
    apart = [palette_distance(each, as_column(wanted)) for each in (before, moved)]
    assert apart[1] < 0.1 * apart[0]


def test_the_nearest_points_are_those_of_all_pairs() -> None:
    points, _ = torus(300)
    points = np.concatenate([points, points[:50], points[:50]])  # twice, thrice
    distances, which = nearest_of_each(points, 5)
    between = np.linalg.norm(points[:, None].astype("f8") - points[None], axis=2)
    assert np.allclose(distances, np.sort(between, axis=1)[:, :5])
    assert np.allclose(distances, np.take_along_axis(between, which, axis=1))
