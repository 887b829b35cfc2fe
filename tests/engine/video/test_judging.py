"""What the judge of clips sees, and what it is blind to."""

import re
from collections.abc import Sequence

import numpy as np
import pytest

from tests.clips import Pixels, pan
from tests.engine.video.test_steadiness import SIZE, Flicker
from worker.engine.video.judging import (
    FAR_FRAMES,
    Finished,
    FrameErrors,
    ShotErrors,
    judged,
)
from worker.engine.video.plot import plot

FRAMES = pan(FAR_FRAMES + 3, 1.5, SIZE)


def finished(
    pictures: Sequence[Pixels], frames: Sequence[Pixels] = FRAMES, cut: int = 0
) -> list[Finished]:
    pairs = zip(frames, pictures, strict=True)
    return [Finished(*pair, n in (0, cut)) for n, pair in enumerate(pairs)]


def test_the_source_itself_is_the_floor() -> None:
    told = judged(finished(FRAMES)).report()
    for name in ("warping_error", "warping_error_10", "sharpness"):
        assert told[f"{name}_ratio"] == 1
    assert told["warping_error"] < 0.03
    assert told["mask_share"] > 0.8
    assert (told["frames"], told["frames_compared"]) == (13, 12)


def test_flicker_is_an_error_over_one_frame_and_over_ten() -> None:
    flicker = Flicker(1)
    told = judged(finished([flicker(each) for each in FRAMES])).report()
    assert told["warping_error_ratio"] > 3
    assert told["warping_error_10_ratio"] > 2


def test_what_drifts_slowly_shows_over_ten_frames_and_in_the_colours() -> None:
    darker = [
        (each * (1 - 0.015 * number)).astype(np.uint8)
        for number, each in enumerate(FRAMES)
    ]
    told = judged(finished(darker)).report()
    assert told["warping_error_ratio"] < 1.6
    assert told["warping_error_10_ratio"] > 2
    assert told["palette_drift"] > 3 + told["palette_drift_source"]


def test_blur_is_steady_and_told_by_sharpness() -> None:
    blurred = [each // 4 + 90 for each in FRAMES]
    told = judged(finished(blurred)).report()
    assert told["warping_error_ratio"] < 0.5
    assert told["sharpness_ratio"] < 0.4


def test_nothing_is_compared_across_a_cut_and_the_worst_frame_is_named() -> None:
    frames = [*FRAMES[:6], *pan(6, 1, SIZE, "still-life")]
    pictures = [each.copy() for each in frames]
    pictures[8] = 255 - pictures[8]
    judgement = judged(finished(pictures, frames, cut=6))
    first, second = judgement.report()["shots"]
    assert (first["first_frame"], second["first_frame"]) == (0, 6)
    assert first["warping_error_ratio"] == 1
    assert first["palette_drift"] < 0.5
    # From it to the next is as bad as from the one before to it.
    assert second["worst_frame"] in (8, 9)
    assert second["worst_error"] > 0.2


def test_frames_that_nobody_watches_cost_nothing_and_break_no_count() -> None:
    pairs = [
        each._replace(is_watched=number in range(3, 6))
        for number, each in enumerate(finished(FRAMES))
    ]
    told = judged(pairs).report()
    assert (told["frames"], told["frames_compared"]) == (13, 3)
    assert told["warping_error_10"] is None


def test_single_pictures_are_looked_at_where_it_is_wanted() -> None:
    judgement = judged(
        finished(FRAMES),
        look=lambda source, picture: {"width": source.width + picture.width},
        looked_at=[2, 5],
    )
    assert [*judgement.quality] == [2, 5]
    assert judgement.report()["quality"] == {"width": 2 * SIZE[0]}


def test_one_frame_has_no_errors() -> None:
    told = judged(finished(FRAMES[:1], FRAMES[:1])).report()
    assert told["warping_error"] is None
    assert told["palette_drift"] == 0
    with pytest.raises(ValueError, match="no frame"):
        judged([])


def test_a_plot_has_two_lines_a_shot_and_tells_cuts() -> None:
    drawn = plot(judged(finished(FRAMES, cut=5)).shots)
    assert drawn.count("<polyline") == 4
    assert drawn.count("<line ") == 1
    assert drawn.endswith("</svg>\n")


def test_a_plot_draws_no_line_where_nothing_was_compared() -> None:
    rows = [FrameErrors(n, 0.1, 0.1, 1.0, 0.5, 0.5, None) for n in (1, 2, 7, 8)]
    drawn = plot([ShotErrors(first=0, frames=9, rows=rows)])
    lines = re.findall(r'<polyline [^>]* points="([^"]*)"', drawn)
    assert [len(each.split()) for each in lines] == [2, 2, 2, 2]
