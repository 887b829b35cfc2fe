"""Nonsense is refused on creation, with what came and what is allowed."""

import dataclasses
import math
from typing import Any

import pytest

from worker.engine import MemoryMode, Preset, StyleLoss, StylizeOptions

NONSENSE: list[tuple[str, Any, str]] = [
    ("size_px", 63, "64 to 4096"),
    ("size_px", 4097, "64 to 4096"),
    ("size_px", 512.0, "integer"),
    ("size_px", True, "integer"),
    ("steps", 0, "from 1"),
    ("steps", 2.5, "from 1"),
    ("style_strength", math.nan, "0 to 1"),
    ("style_strength", 1.01, "0 to 1"),
    ("content_strength", -0.1, "0 to 1"),
    ("content_strength", math.inf, "0 to 1"),
    ("content_strength", "much", "0 to 1"),
    ("style_scale", 0.2, "0.25 to 4"),
    ("style_scale", math.nan, "0.25 to 4"),
    ("start", "chaos", "content, noise"),
    ("color", "blue", "style, content, matched"),
    ("seed", -1, "from 0"),
    ("seed", 2**31, "from 0"),
    ("preset", "best", "draft, standard, high"),
    ("style_loss", "l2", "wasserstein, gram"),
]


@pytest.mark.parametrize(("name", "value", "allowed"), NONSENSE)
def test_nonsense_is_refused_by_name_value_and_what_is_allowed(
    name: str, value: Any, allowed: str
) -> None:
    with pytest.raises(ValueError, match=allowed) as refusal:
        StylizeOptions(**{name: value})
    assert name in str(refusal.value)
    assert repr(value) in str(refusal.value)


@pytest.mark.parametrize("strength", [0, 0.0, 0.5, 1, 1.0])
def test_the_ends_of_the_ranges_are_allowed(strength: float) -> None:
    for size_px in (64, 2048):
        StylizeOptions(
            size_px=size_px,
            steps=1,
            style_strength=strength,
            content_strength=strength,
            seed=2**31 - 1,
        )


def test_plain_words_become_choices() -> None:
    options = StylizeOptions(preset="draft", style_loss="gram")  # type: ignore[arg-type]  # JSON's
    assert options.preset is Preset.DRAFT
    assert options.style_loss is StyleLoss.GRAM


def test_options_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        StylizeOptions().seed = 1  # type: ignore[misc]  # that is the point


def test_the_older_name_of_recompute_is_understood() -> None:
    found = StylizeOptions(memory="checkpoint")  # type: ignore[arg-type]  # a word
    assert found == StylizeOptions(memory=MemoryMode.RECOMPUTE)
    with pytest.raises(ValueError, match="auto, whole, recompute, checkpoint, tiles"):
        StylizeOptions(memory="checkpoints")  # type: ignore[arg-type]  # no word
