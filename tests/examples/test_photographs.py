"""The camera that takes our content pictures: a few known answers."""

from pathlib import Path

import numpy as np
import pytest
from photographs.camera import photograph
from photographs.solids import box, cylinder, melt, sphere
from photographs.still_life import StillLife
from render_contents import main


def test_distances_to_simple_bodies_are_known() -> None:
    points = np.array([[0.0, 3.0, 0.0], [2.0, 0.5, 0.0]])
    assert sphere(points, (0, 0, 0), 1.0)[0] == pytest.approx(2.0)
    assert box(points, (0, 0, 0), (1, 1, 1))[0] == pytest.approx(2.0)
    assert cylinder(points, (0, 0, 0), 1.0, 1.0) == pytest.approx([2.0, 1.0])


def test_melted_bodies_are_never_smaller_than_both() -> None:
    points = np.random.default_rng(0).normal(size=(200, 3))
    one, other = sphere(points, (0.5, 0, 0), 0.6), sphere(points, (-0.5, 0, 0), 0.6)
    assert (melt(one, other, 0.3) <= np.minimum(one, other) + 1e-12).all()


def test_photograph_shows_a_brown_table_below_a_grey_wall() -> None:
    scene = StillLife(np.random.default_rng(5))
    picture = np.asarray(photograph(scene, 16, 12), dtype=np.float64)
    assert picture.shape == (12, 16, 3)
    warmth = picture[..., 0] - picture[..., 2]
    assert warmth[-3:].mean() > warmth[:3].mean() + 20


def test_unknown_scene_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["harbor", "--into", str(tmp_path)]) == 2
    assert "harbour" in capsys.readouterr().err
