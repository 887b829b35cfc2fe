"""The sparse matrices against plain loops over pixels, written from the papers."""

import math
from contextlib import closing

import numpy as np
import pytest

from app.contract.kinds.pointcloud.choices import Harmonics, Up
from tests.engine.pointcloud.clouds import small_cloud, splat_ply, torus
from worker.cloudfile.cameras import (
    Camera,
    Shape,
    frame_of,
    place_cameras,
)
from worker.cloudfile.formats import read_cloud
from worker.cloudfile.gaussian_rasterizer import gaussian_operator
from worker.cloudfile.point_rasterizer import point_operator, spacing_of
from worker.cloudfile.shading import changed_harmonics, shading_of
from worker.cloudfile.spherical_harmonics import basis
from worker.engine.pointcloud.backprojection import settled
from worker.engine.pointcloud.views import Views

SIDE = 40


def nothing() -> None:
    pass


def a_camera(points: np.ndarray, number: int = 3) -> Camera:
    return place_cameras(frame_of(points), 8, 5)[number]


def plain_gaussians(camera: Camera, cloud, side: int) -> np.ndarray:
    """Draw Gaussians pixel by pixel, each with its own loop over all of them."""
    gaussians, focal = cloud.gaussians, camera.focal * side
    entries = []
    for n, point in enumerate(cloud.centred.astype(float)):
        x, y, z = camera.rotation @ (point - camera.position)
        if z <= camera.nearest:
            continue
        w, i, j, k = gaussians.rotations[n].astype(float)
        turn = np.array(
            [
                [1 - 2 * (j * j + k * k), 2 * (i * j - k * w), 2 * (i * k + j * w)],
                [2 * (i * j + k * w), 1 - 2 * (i * i + k * k), 2 * (j * k - i * w)],
                [2 * (i * k - j * w), 2 * (j * k + i * w), 1 - 2 * (i * i + j * j)],
            ]
        )
        spread = turn @ np.diag(gaussians.scales[n].astype(float) ** 2) @ turn.T
        limit = 1.3 * 0.5 / camera.focal
        tx, ty = (z * min(limit, max(-limit, each / z)) for each in (x, y))
        jacobian = np.array(
            [[focal / z, 0, -focal * tx / z**2], [0, focal / z, -focal * ty / z**2]]
        )
        onto = jacobian @ camera.rotation
        flat = onto @ spread @ onto.T + 0.3 * np.eye(2)
        middle = np.array([focal * x / z, focal * y / z]) + side / 2
        entries.append(
            (z, middle, np.linalg.inv(flat), gaussians.opacities[n], cloud.colors[n])
        )
    entries.sort(key=lambda each: each[0])
    picture = np.zeros((3, side, side))
    for row in range(side):
        for column in range(side):
            passing = 1.0
            for _, middle, inverse, opacity, color in entries:
                off = np.array([column + 0.5, row + 0.5]) - middle
                alpha = min(0.99, opacity * math.exp(-0.5 * off @ inverse @ off))
                if alpha < 1 / 255:
                    continue
                picture[:, row, column] += passing * alpha * color
                passing *= 1 - alpha
    return picture


def test_gaussians_are_drawn_as_by_a_plain_loop() -> None:
    cloud = read_cloud(splat_ply(60, harmonics=0))
    camera = a_camera(cloud.centred)
    operator = gaussian_operator(camera, cloud.centred, cloud.gaussians, SIDE, nothing)
    found = operator.render(cloud.colors)
    expected = plain_gaussians(camera, cloud, SIDE)
    assert expected.max() > 0.5, "there is something to be seen"
    assert np.abs(found - expected).max() < 2 / 255
    assert np.abs(found - expected).mean() < 0.2 / 255


def test_points_hide_those_behind_them() -> None:
    points, _ = torus(4000)
    camera = a_camera(points)
    spacing = spacing_of(points)
    operator = point_operator(camera, points, spacing, SIDE)
    depth = camera.seen_from(points)[:, 2]
    focal = camera.focal * SIDE
    at = camera.seen_from(points)[:, :2] / depth[:, None] * focal + SIDE / 2
    radius = np.clip(1.3 * spacing * focal / depth, 1.0, 6.0)
    rows = operator.matrix.tocsr()
    for pixel in range(0, SIDE * SIDE, 7):
        down, across = divmod(pixel, SIDE)
        away = np.hypot(at[:, 0] - across - 0.5, at[:, 1] - down - 0.5)
        covering = np.flatnonzero((away < radius) & (spacing > 0))
        row = rows[pixel]
        if not covering.size:
            assert row.nnz == 0
            continue
        nearest = depth[covering].min()
        seen = covering[depth[covering] <= nearest + 2 * spacing[covering]]
        weights = 1 - (away[seen] / radius[seen]) ** 2 + 1e-3
        assert sorted(row.indices) == sorted(seen)
        expected = dict(zip(seen, weights / weights.sum(), strict=True))
        for index, weight in zip(row.indices, row.data, strict=True):
            assert weight == pytest.approx(expected[index], abs=1e-4)


@pytest.mark.parametrize("kind", ["points", "splats"])
def test_the_gradient_is_the_transpose(kind: str) -> None:
    cloud = small_cloud() if kind == "points" else read_cloud(splat_ply())
    points = cloud.centred
    camera = a_camera(points)
    if cloud.gaussians is None:
        operator = point_operator(camera, points, spacing_of(points), SIDE)
    else:
        operator = gaussian_operator(camera, points, cloud.gaussians, SIDE, nothing)
    random = np.random.default_rng(1)
    by_pixel = random.normal(size=(3, SIDE, SIDE)).astype(np.float32)
    other = random.uniform(size=cloud.colors.shape).astype(np.float32)
    one = float((operator.render(other).astype(float) * by_pixel).sum())
    two = float((operator.gradient(by_pixel).astype(float) * other).sum())
    assert one == pytest.approx(two, rel=1e-5)
    assert operator.cover.max() <= 1 + 1e-5
    assert operator.cover.max() > 0.5


def test_harmonics_are_seen_and_follow_kept_or_dropped() -> None:
    cloud = read_cloud(splat_ply())
    camera, points = a_camera(cloud.centred), cloud.centred
    seen = {
        each: shading_of(camera, points, cloud, each).seen(cloud.colors)
        for each in Harmonics
    }
    assert np.allclose(seen[Harmonics.DROP], cloud.colors)
    assert np.abs(seen[Harmonics.KEEP] - cloud.colors).max() > 0.02
    bright = (cloud.colors > 0.1).all(axis=1)
    assert np.allclose(
        seen[Harmonics.KEEP][bright], seen[Harmonics.SCALE][bright], atol=1e-5
    )
    half = cloud.colors / 2
    scaled = changed_harmonics(cloud, half, Harmonics.SCALE)
    bright = cloud.colors > 0.1
    ratio = scaled[bright] / cloud.gaussians.harmonics[bright]
    assert np.allclose(ratio, 0.5, atol=1e-4)
    assert changed_harmonics(cloud, half, Harmonics.KEEP) is None
    assert not changed_harmonics(cloud, half, Harmonics.DROP).any()


def test_the_harmonics_of_a_degree_are_orthonormal() -> None:
    random = np.random.default_rng(0)
    directions = random.normal(size=(200_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    found = basis(directions.astype(np.float32), 15)
    product = 4 * np.pi * found.T @ found / len(found)
    assert np.allclose(product, np.eye(15), atol=0.03)


def room() -> np.ndarray:
    random = np.random.default_rng(0)
    sides = []
    for axis in range(3):
        for end in (0.0, 1.0):
            wall = random.uniform(size=(800, 3))
            wall[:, axis] = end
            sides.append(wall * (5, 4, 2.5))
    return np.concatenate([*sides, random.uniform(size=(300, 3)) + 1]).astype("f4")


def terrain() -> np.ndarray:
    random = np.random.default_rng(0)
    places = random.uniform(-50, 50, size=(4000, 3))
    places[:, 2] = np.sin(places[:, 0] / 10) * 2
    return places.astype(np.float32)


@pytest.mark.parametrize(
    ("points", "shape"),
    [
        (torus(4000)[0], Shape.OBJECT),
        (room(), Shape.ROOM),
        (terrain(), Shape.TERRAIN),
    ],
)
def test_cameras_see_nearly_all_of_a_cloud(points: np.ndarray, shape: Shape) -> None:
    frame = frame_of(points)
    assert frame.shape is shape
    assert np.allclose(frame.axes[2], [0, 0, 1])
    assert np.allclose(frame.axes @ frame.axes.T, np.eye(3), atol=1e-6)
    seen = np.zeros(len(points))
    for camera in place_cameras(frame, 16, 0):
        operator = point_operator(camera, points, spacing_of(points), 96)
        assert operator.cover.mean() > 0.05, "no camera looks beside it"
        seen += operator.visibility
    assert (seen > 0).mean() > 0.85


def test_up_is_the_ground_or_what_was_said() -> None:
    points, _ = torus(4000)
    lying = np.stack([points[:, 0], points[:, 2], points[:, 1]], axis=1)
    ground = np.concatenate([lying, terrain()[:, [0, 2, 1]] * 0.02 - (0, 0.5, 0)])
    assert np.allclose(frame_of(ground.astype("f4")).axes[2], [0, 1, 0])
    said = frame_of(points, Up.MINUS_X)
    assert np.allclose(said.axes[2], [-1, 0, 0])


def test_settled_colours_show_the_same_views_with_less_grain() -> None:
    cloud = small_cloud()
    frame = frame_of(cloud.centred)
    cameras = place_cameras(frame, 4, 0)
    with closing(Views(cloud, cameras, 24, Harmonics.KEEP, lambda: None)) as views:
        seen = views.visibility() > 0.05
        assert seen.mean() > 0.3
        grain = np.random.default_rng(0).choice([-0.2, 0.2], (len(cloud), 1))
        grainy = (cloud.colors * 0.2 + 0.4 + grain).astype(np.float32)
        smooth = settled(grainy, views, lambda: None)
        before, after = (
            np.abs(each[seen] - cloud.colors[seen] * 0.2 - 0.4).mean()
            for each in (grainy, smooth)
        )
        assert after < 0.6 * before
        for number in range(4):
            wanted, found = (views.picture(number, c)[0] for c in (grainy, smooth))
            assert float((wanted - found).abs().mean()) < 0.02
        flat = np.full_like(grainy, 0.3)
        assert np.allclose(settled(flat, views, lambda: None), flat, atol=1e-5)
