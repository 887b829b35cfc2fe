"""Large Gaussians are divided without a change that shows; all else keeps its bits."""

from dataclasses import replace

import numpy as np
import pytest

from app.contract.kinds.pointcloud.ply import UnreadableCloudError
from tests.engine.pointcloud.clouds import colored_ply, splat_file, splat_ply
from worker.cloudfile.cameras import frame_of, place_cameras
from worker.cloudfile.cloud import PointCloud
from worker.cloudfile.formats import read_cloud
from worker.cloudfile.gaussian_rasterizer import gaussian_operator, rotation_matrices
from worker.cloudfile.splitting import divided


def looks(cloud: PointCloud, side_px: int = 64) -> np.ndarray:
    camera = place_cameras(frame_of(cloud.centred), 4, 0)[1]
    centred = (cloud.positions - read_cloud(splat_ply()).middle).astype("f4")
    assert cloud.gaussians is not None
    operator = gaussian_operator(
        camera, centred, cloud.gaussians, side_px, lambda: None
    )
    return operator.render(cloud.colors)


def moments(cloud: PointCloud, rows: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of Gaussians of equal mass."""
    shapes = cloud.gaussians
    assert shapes is not None
    axes = rotation_matrices(shapes.rotations[rows]) * shapes.scales[rows][:, None]
    mean = cloud.positions[rows].mean(axis=0)
    away = cloud.positions[rows] - mean
    spread = axes @ axes.transpose(0, 2, 1) + away[:, :, None] * away[:, None, :]
    return mean, spread.mean(axis=0)


@pytest.mark.parametrize("content", [splat_ply(), splat_file(400)])
def test_children_have_the_mean_and_the_covariance_of_their_parent(
    content: bytes,
) -> None:
    before, after = read_cloud(content), read_cloud(divided(content, 1, 96))
    added = len(after) - len(before)
    assert 0.2 * len(before) < added <= len(before)
    moved = np.flatnonzero((before.positions != after.positions[:400]).any(axis=1))
    assert len(moved) == added
    for child, parent in enumerate(moved.tolist()[:20], start=len(before)):
        wanted, found = moments(before, [parent]), moments(after, [parent, child])
        assert np.allclose(wanted[0], found[0], atol=1e-5)
        assert np.allclose(wanted[1], found[1], atol=1e-6)
    assert np.array_equal(after.colors[400:], before.colors[moved])


def test_what_is_not_divided_keeps_its_bits() -> None:
    content = splat_ply()
    assert divided(content, 0, 96) == content
    longer = divided(content, 1, 96)
    size = 23 * 4
    rows, more = (
        np.frombuffer(each.split(b"end_header\n", 1)[1], np.uint8).reshape(-1, size)
        for each in (content, longer)
    )
    same = (rows == more[: len(rows)]).all(axis=1)
    assert same.sum() == len(rows) - (len(more) - len(rows)) > 0
    assert divided(content, 2, 96) != longer
    assert len(read_cloud(divided(content, 2, 4096))) <= 2 * len(rows)


def test_it_looks_as_before() -> None:
    content = splat_ply(harmonics=0)
    before, after = read_cloud(content), read_cloud(divided(content, 1, 96))
    apart = np.abs(looks(before) - looks(after))
    assert apart.mean() < 0.02
    assert after.gaussians is not None
    # As it would be were the children as opaque as their parent.
    shapes = replace(after.gaussians)
    shapes.opacities[400:] = before.gaussians.opacities.max()
    assert np.abs(looks(before) - looks(replace(after, gaussians=shapes))).mean() > 0.02


def test_what_cannot_be_divided_is_named() -> None:
    with pytest.raises(UnreadableCloudError, match="only Gaussians"):
        divided(colored_ply(20), 1, 96)
