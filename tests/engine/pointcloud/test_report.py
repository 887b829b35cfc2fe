"""What is measured of a painted cloud, from cameras that did not paint it."""

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from app.contract.kinds.pointcloud.choices import Harmonics
from tests.engine.conftest import small_network
from tests.engine.pointcloud.clouds import small_cloud
from tests.engine.pointcloud.test_painter import painting
from worker.cloudfile.cameras import frame_of, held_out_pairs
from worker.engine.pointcloud.backprojection import as_sharp_as_agrees
from worker.engine.pointcloud.report import Judge, judge_cloud, view_consistency
from worker.engine.pointcloud.reprojection import reprojected_differences
from worker.engine.pointcloud.views import Views


@pytest.fixture(scope="module")
def views() -> Iterator[Views]:
    cloud = small_cloud()
    cameras = held_out_pairs(frame_of(cloud.centred), 5)
    found = Views(cloud, cameras, 48, Harmonics.KEEP, lambda: None)
    with closing(found):
        yield found


def test_cameras_of_a_pair_are_as_far_and_look_at_the_same() -> None:
    frame = frame_of(small_cloud().centred)
    for one, other in np.reshape(held_out_pairs(frame, 5), (2, 2)):
        away = [np.linalg.norm(c.position - frame.centre) for c in (one, other)]
        assert away[0] == pytest.approx(away[1])
        assert np.linalg.norm(one.position - other.position) > 0.1 * away[0]
        middle = [c.seen_from(frame.centre[None].astype("f4")) for c in (one, other)]
        assert np.allclose(*middle, atol=1e-5)
        assert np.allclose(other.rotation @ other.rotation.T, np.eye(3))


def test_places_are_found_again_in_the_other_view(views: Views) -> None:
    cloud = small_cloud()
    places = (cloud.centred - cloud.centred.min()) / np.ptp(cloud.centred)
    apart = reprojected_differences(views, 0, 1, places)
    covered = (views.operator(0).cover > 0.9).sum()
    assert len(apart) > 0.4 * covered
    # A pixel is 1/48 of a view; the cloud is no broader than a view.
    assert np.quantile(np.abs(apart), 0.95) < 1 / 48
    unrelated = places.copy()
    np.random.default_rng(0).shuffle(unrelated)
    even, told, noisy = (
        view_consistency(views, each)
        for each in (np.full_like(places, 0.4), places, unrelated)
    )
    assert even == pytest.approx(0, abs=1e-6)
    assert 4 * told < noisy


def test_colours_are_as_sharp_as_neighbouring_views_allow(views: Views) -> None:
    before = small_cloud().colors
    soft = before * 0.5 + 0.25
    grain = np.random.default_rng(0).uniform(-1, 1, before.shape)
    sharp, far = ((soft + by * grain).astype(np.float32) for by in (0.01, 0.3))
    found = as_sharp_as_agrees(soft, far, before, views)
    worse = view_consistency(views, found) / view_consistency(views, before)
    assert worse == pytest.approx(1.15, abs=0.01)
    share = np.median((found - soft) / (far - soft))
    assert 0.2 < share < 0.8
    assert np.allclose(found, soft + share * (far - soft), atol=1e-6)
    # What is within the bound is taken as it is, and what is beyond it from the first.
    assert as_sharp_as_agrees(soft, sharp, before, views) is sharp
    assert as_sharp_as_agrees(far, far + 0.2 * grain, before, views) is far
    # Of an even cloud a little is allowed: else it could not be painted at all.
    even = np.full_like(before, 0.5)
    found = as_sharp_as_agrees(even, far, even, views)
    assert view_consistency(views, found) == pytest.approx(0.02, abs=1e-3)


def test_a_cloud_that_did_not_change_is_as_it_was(views: Views) -> None:
    colors = small_cloud().colors
    judge = Judge(
        network=small_network(), style_images=[painting()] * 2, weights=[0.25, 0.75]
    )
    told = judge_cloud(views, colors, colors, lambda: None, judge)
    assert told.ratio == pytest.approx(1)
    assert told.content_error == pytest.approx(0, abs=1e-6)
    assert told.edge_correlation == pytest.approx(1)
    assert told.consistency_before == told.consistency_after
    other = np.random.default_rng(1).permutation(colors)
    changed = judge_cloud(views, colors, other, lambda: None, judge)
    assert changed.content_error > 0.05
    assert changed.edge_correlation < 0.9
    assert changed.style_error_after != changed.style_error_before
    alone = judge_cloud(views, colors, other, lambda: None)
    assert (alone.ratio, alone.content_error) == (None, None)
    assert alone.edge_correlation == changed.edge_correlation
