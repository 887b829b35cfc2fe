"""Pictures that are broken on purpose are told from good ones, in words."""

from dataclasses import replace

import pytest

from worker.engine.training.gate import cost_of, reasons_against
from worker.engine.training.held_out import HeldOutScore, PaintingNumbers

#: Measured: 100 steps of a nude in chalk, 256 px photographs; see the trainer's page.
GOOD = HeldOutScore(
    style_error=0.210,
    content_error=0.564,
    edge_correlation=0.739,
    palette_distance=6.3,
    noise=0.25,
    foreign_hue=0.2,
    chroma=3.0,
)
UNTOUCHED = HeldOutScore(
    style_error=1.194,
    content_error=0.0,
    edge_correlation=1.0,
    palette_distance=12.2,
    noise=1.36,
    foreign_hue=1.5,
    chroma=8.0,
)
PAINTING = PaintingNumbers(noise=1.1, chroma=2.4)


def test_a_good_one_has_nothing_against_it() -> None:
    assert reasons_against(GOOD, UNTOUCHED, PAINTING) == ()


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        ({"edge_correlation": 0.21}, "edges 0.21, wanted 0.40"),
        ({"content_error": 0.95}, "content is lost"),
        ({"style_error": 0.8}, "the style is not met"),
        ({"palette_distance": 9.0}, "colours"),
        ({"foreign_hue": 0.5}, "foreign hue 0.50, wanted 0.36 or less"),
        ({"chroma": 4.5}, "too bright: chroma 4.50, wanted 3.90 or less"),
        ({"chroma": 0.8}, "pale: chroma 0.80, wanted 0.90 or more"),
        ({"chroma": float("nan")}, "too bright"),
        ({"noise": 6.0}, "noisy"),
        ({"noise": 0.1}, "blurred: noise 0.10, wanted 0.11 or more"),
        ({"noise": float("nan")}, "noisy"),
        ({"edge_correlation": float("nan")}, "content is lost"),
    ],
)
def test_what_is_broken_is_named(broken: dict[str, float], word: str) -> None:
    (reason,) = reasons_against(replace(GOOD, **broken), UNTOUCHED, PAINTING)
    assert word in reason


def test_the_photograph_itself_is_no_style() -> None:
    reasons = reasons_against(UNTOUCHED, UNTOUCHED, PAINTING)
    assert any("style is not met" in each for each in reasons)


def test_lost_content_costs_more_than_style_gains() -> None:
    lost = replace(GOOD, style_error=0.15, edge_correlation=0.3)
    assert cost_of(lost) > cost_of(GOOD)
