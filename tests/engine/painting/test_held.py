"""Paint that a picture is held to, where it counts."""

import numpy as np
import pytest
from PIL import Image

from tests.engine.conftest import hills, strokes
from worker.engine import Held, StateError, StyleEngine, StylizeOptions

OPTIONS = StylizeOptions(size_px=64, rungs=[(64, 6)])


def made(engine: StyleEngine, held: Held | None) -> np.ndarray:
    for step in engine.stylize(hills(64, 48), strokes(), OPTIONS, held=held):
        picture = step.picture()
    return np.asarray(picture, float)


def test_a_picture_keeps_to_paint_where_it_counts(small_engine: StyleEngine) -> None:
    shares = Image.new("L", (64, 48))
    shares.paste(255, (0, 0, 32, 48))
    image = Image.fromarray((made(small_engine, None) * 0.6).astype(np.uint8))
    held = Held(image=image, shares=shares, weight=1e4)
    wanted = np.asarray(image, float)
    gaps = [np.abs(made(small_engine, each) - wanted) for each in (None, held)]
    assert gaps[1][:, :28].mean() < 0.5 * gaps[0][:, :28].mean()
    assert gaps[1][:, 40:].mean() == pytest.approx(gaps[0][:, 40:].mean(), rel=0.2)


def test_a_state_of_other_paint_is_another_jobs(small_engine: StyleEngine) -> None:
    white = Image.new("L", (64, 48), 255)
    paints = [
        Held(image=hills(64, 48), shares=white, weight=weight) for weight in (1.0, 2.0)
    ]
    steps = small_engine.stylize(
        hills(64, 48), strokes(), OPTIONS, held=paints[0], report_interval_s=0
    )
    state = next(iter(steps)).state()
    with pytest.raises(StateError, match="another job"):
        next(
            iter(
                small_engine.stylize(
                    hills(64, 48),
                    strokes(),
                    OPTIONS,
                    held=paints[1],
                    resume_from=state,
                )
            )
        )
