"""Nothing of one job shows in the next, and no step waits for the device."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from PIL import Image

from tests.engine.conftest import hills, new_small_engine, paint_with, strokes
from worker.engine import OptimizerName, Style, StyleEngine, StylizeOptions
from worker.engine.painting.optimizers import lbfgs

FIRST = StylizeOptions(size_px=64, rungs=((64, 3),))
MASK = Image.linear_gradient("L").resize((96, 64))


@pytest.mark.parametrize(
    "between",
    [
        {"precision": "bfloat16"},
        {"optimizer": "lbfgs"},
        {"pooling": "average"},
        {"style_loss": "mean_std"},
        {"memory": "tiles", "tile_px": 128, "style_scale": 4.0},
        {"memory": "checkpoint"},
        {"size_px": 80, "rungs": ((80, 3),)},
        {"style_layers": {"relu1_1": 1.0}},
        {"color": "matched"},
    ],
    ids=lambda between: ",".join(between),
)
def test_another_job_in_between_changes_no_byte(between: dict[str, Any]) -> None:
    style_image = strokes(400, 300)
    options = replace(FIRST, style_scale=4.0)
    alone, _ = paint_with(new_small_engine(), options, style_image=style_image)
    engine = new_small_engine()
    paint_with(engine, replace(options, **between), style_image=style_image)
    after, _ = paint_with(engine, options, style_image=style_image)
    assert after.tobytes() == alone.tobytes()


def test_masks_and_batches_in_between_change_no_byte(
    small_engine: StyleEngine,
) -> None:
    first, _ = paint_with(small_engine, FIRST)
    styles = [Style(image=strokes(), mask=MASK), Style(image=hills(64, 64))]
    list(small_engine.stylize(hills(), styles, FIRST))
    list(small_engine.stylize_batch([hills()] * 2, [strokes()] * 2, FIRST))
    again, _ = paint_with(small_engine, FIRST)
    assert first.tobytes() == again.tobytes()


@pytest.mark.parametrize(
    "change",
    [
        {"pooling": "average"},
        {"style_layers": {"relu1_1": 1.0}},
        {"style_loss": "gram"},
        {"precision": "bfloat16"},
        {"style_scale": 0.5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_remembered_styles_are_told_apart_by_all_that_matters(
    change: dict[str, Any],
) -> None:
    engine = new_small_engine()
    paint_with(engine, FIRST)
    assert len(engine._style_cache) == 1
    paint_with(engine, replace(FIRST, **change))
    assert len(engine._style_cache) == 2
    paint_with(engine, FIRST)
    assert len(engine._style_cache) == 2


def test_another_size_is_looked_at_anew_and_the_first_is_still_known() -> None:
    engine = new_small_engine()
    small, _ = paint_with(engine, FIRST)
    paint_with(engine, replace(FIRST, size_px=80, rungs=((80, 3),)))
    assert len(engine._style_cache) == 2
    again, _ = paint_with(engine, FIRST)
    assert len(engine._style_cache) == 2
    assert small.tobytes() == again.tobytes()


def test_without_a_cache_nothing_is_kept_and_the_picture_is_the_same() -> None:
    forgetful = new_small_engine(style_cache_bytes=0)
    remembering = new_small_engine()
    pictures = [
        paint_with(engine, FIRST)[0].tobytes()
        for engine in (forgetful, forgetful, remembering, remembering)
    ]
    assert len(set(pictures)) == 1
    assert len(forgetful._style_cache) == 0
    assert len(remembering._style_cache) == 1


def test_remembered_styles_are_told_apart_by_masks_and_mixtures() -> None:
    engine = new_small_engine()
    one, other = Style(image=strokes()), Style(image=hills(80, 80))
    mask = Image.linear_gradient("L").resize((80, 80))
    for styles, new in (
        ([one], 1),
        ([Style(image=strokes(), image_mask=mask)], 1),
        ([Style(image=strokes(), image_mask=mask.rotate(180))], 1),
        # Each by itself besides, so that other weights need not look at them again.
        ([one, other], 3),
        ([replace(one, weight=2.0), other], 1),
        # Where the style goes does not change what it is.
        ([replace(one, mask=MASK)], 0),
    ):
        before = len(engine._style_cache)
        list(engine.stylize(hills(), styles, FIRST))
        assert len(engine._style_cache) == before + new


@pytest.mark.parametrize("optimizer", list(OptimizerName))
@pytest.mark.parametrize("memory", ["whole", "recompute", "tiles"])
def test_no_step_between_two_reports_waits_for_the_device(
    small_engine: StyleEngine,
    monkeypatch: pytest.MonkeyPatch,
    optimizer: OptimizerName,
    memory: str,
) -> None:
    # As on a device that is waited for: nothing is asked because it costs nothing.
    monkeypatch.setattr(lbfgs, "_ASKABLE", "none")
    waited: list[str] = []
    for name in ("item", "tolist", "numpy", "cpu", "__bool__", "__float__", "__int__"):
        method = getattr(torch.Tensor, name)

        def counted(
            *args: Any, method: Any = method, name: str = name, **rest: Any
        ) -> Any:
            waited.append(name)
            return method(*args, **rest)

        monkeypatch.setattr(torch.Tensor, name, counted)

    def waits(steps: int) -> int:
        waited.clear()
        options = replace(
            FIRST,
            rungs=((64, steps),),
            optimizer=optimizer,
            memory=memory,  # type: ignore[arg-type]  # a word
            gradient_clip=1.0,
            learning_rate_schedule="cosine",  # type: ignore[arg-type]  # likewise
        )
        job = small_engine.stylize(hills(), strokes(), options, report_interval_s=1e9)
        assert len(list(job)) == 2
        return len(waited)

    waits(2)  # the style is remembered from here
    few = waits(2)
    assert few > 0
    assert waits(7) == few
