"""Several pictures in one pass: each is what it would be alone."""

from dataclasses import replace

import pytest
from PIL import Image

from tests.engine.conftest import (
    distance,
    hills,
    new_small_engine,
    paint_with,
    strokes,
)
from worker.engine import (
    Color,
    OptimizerName,
    Pooling,
    Start,
    StyleEngine,
    StyleLoss,
    StylizeOptions,
)
from worker.engine.hyperparameters import Hyperparameters
from worker.engine.painting.content_and_styles import MAX_BATCH

#: Maxima of flat skies are ties, which the least rounding decides otherwise.
OPTIONS = StylizeOptions(
    size_px=80,
    rungs=((64, 4), (80, 4)),
    style_loss=StyleLoss.GRAM,
    pooling=Pooling.AVERAGE,
)


STROKES = Hyperparameters(stroke_weight=1.0)


def pairs() -> tuple[list[Image.Image], list[Image.Image]]:
    contents = [hills(), strokes(96, 64), hills().rotate(180)]
    return contents, [strokes(), hills(70, 90), strokes(50, 60)]


@pytest.mark.parametrize("color", [Color.STYLE, Color.CONTENT])
@pytest.mark.parametrize("optimizer", list(OptimizerName))
def test_each_picture_is_what_it_would_be_alone(
    small_engine: StyleEngine, optimizer: OptimizerName, color: Color
) -> None:
    options = replace(OPTIONS, optimizer=optimizer, color=color, gradient_clip=0.5)
    contents, styles = pairs()
    for step in small_engine.stylize_batch(contents, styles, options):
        together = step.pictures()
        assert step.picture().tobytes() == together[0].tobytes()
    assert len(together) == 3
    for content, style, found in zip(contents, styles, together, strict=True):
        alone, _ = paint_with(
            small_engine, options, content_image=content, style_image=style
        )
        assert distance(found, alone) < 0.1


def test_each_picture_chooses_strokes_of_its_own_painting() -> None:
    engine = new_small_engine(hyperparameters=STROKES)
    contents, styles = pairs()
    for step in engine.stylize_batch(contents, styles, OPTIONS):
        together = step.pictures()
    for content, style, found in zip(contents, styles, together, strict=True):
        alone, _ = paint_with(engine, OPTIONS, content_image=content, style_image=style)
        assert distance(found, alone) < 0.1


def test_pictures_of_a_batch_are_not_each_others(small_engine: StyleEngine) -> None:
    for step in small_engine.stylize_batch(*pairs(), OPTIONS):
        first, second, third = step.pictures()
    assert min(distance(first, second), distance(second, third)) > 10


def test_pictures_of_other_sizes_are_refused(small_engine: StyleEngine) -> None:
    with pytest.raises(ValueError, match="a batch has one size"):
        small_engine.stylize_batch(
            [hills(96, 64), hills(64, 96)], [strokes(), strokes()], OPTIONS
        )
    small_engine.stylize_batch(  # another size of the same aspect
        [hills(96, 64), hills(192, 128)], [strokes(), strokes()], OPTIONS
    )


@pytest.mark.parametrize(
    ("contents", "styles"), [(0, 0), (2, 1), (MAX_BATCH + 1, MAX_BATCH + 1)]
)
def test_none_too_many_and_unequal_numbers_are_refused(
    small_engine: StyleEngine, contents: int, styles: int
) -> None:
    with pytest.raises(ValueError, match=f"{contents} contents and {styles} styles"):
        small_engine.stylize_batch([hills()] * contents, [strokes()] * styles, OPTIONS)


def test_a_batch_has_no_images_to_start_from(small_engine: StyleEngine) -> None:
    options = replace(OPTIONS, start=Start.IMAGE)
    with pytest.raises(ValueError, match="no image to start from"):
        small_engine.stylize_batch([hills()], [strokes()], options)
