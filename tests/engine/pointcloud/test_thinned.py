"""The small file that the page turns, for a reader that knows its description alone."""

import json

import numpy as np
import pytest

from tests.engine.pointcloud.clouds import (
    AWAY,
    colored_ply,
    las_file,
    splat_file,
    splat_ply,
)
from worker.cloudfile import thinned
from worker.cloudfile.formats import read_cloud
from worker.cloudfile.thinned import thinned_points


def read(content: bytes) -> tuple[dict[str, object], np.ndarray, np.ndarray]:
    """Return the first line, the places and the colours."""
    line, body = content.split(b"\n", 1)
    told = json.loads(line)
    count = told["points"]
    assert len(body) == 15 * count
    places = np.frombuffer(body, "<f4", 3 * count).reshape(-1, 3)
    return told, places, np.frombuffer(body[12 * count :], np.uint8).reshape(-1, 3)


@pytest.mark.parametrize(
    "content", [colored_ply(), splat_ply(), splat_file(), las_file(is_packed=True)]
)
def test_each_format_is_told_alike(content: bytes) -> None:
    cloud = read_cloud(content)
    told, places, colors = read(thinned_points(cloud, cloud.colors, 0))
    assert told["points"] == told["total"] == len(cloud)
    # A survey is millions of metres away from where it counts from.
    assert np.allclose(places + told["middle"], cloud.positions, rtol=0, atol=1e-3)
    assert np.abs(places).max() < 2
    assert np.allclose(colors / 255, np.clip(cloud.colors, 0, 1), atol=0.51 / 255)


def test_the_middle_of_a_survey_is_told_in_full() -> None:
    cloud = read_cloud(las_file())
    told, _, _ = read(thinned_points(cloud, cloud.colors, 0))
    assert np.allclose(told["middle"], AWAY, rtol=0, atol=2)


def test_of_too_many_some_are_drawn_by_the_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(thinned, "MOST_POINTS", 300)
    cloud = read_cloud(colored_ply(1200))
    content = thinned_points(cloud, cloud.colors, 7)
    told, places, colors = read(content)
    assert (told["points"], told["total"]) == (300, 1200)
    assert content == thinned_points(cloud, cloud.colors, 7)
    assert content != thinned_points(cloud, cloud.colors, 8)
    # Each place is one of the cloud's, once, and has its colour.
    apart = np.abs(places[:, None] - cloud.centred[None]).max(axis=2)
    which = apart.argmin(axis=1)
    assert (apart.min(axis=1) == 0).all()
    assert (np.diff(which) > 0).all()
    assert np.allclose(colors / 255, cloud.colors[which], atol=0.51 / 255)
    # From all parts of the file alike.
    assert np.histogram(which, bins=4, range=(0, 1200))[0].min() > 50
