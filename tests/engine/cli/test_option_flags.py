"""Every option has a flag, and the flag sets that option."""

import argparse
import dataclasses

import pytest

from worker.engine import MemoryMode, StylizeOptions
from worker.engine.cli.option_flags import add_option_flags, options_from

FLAGS = {
    "size_px": ["--size", "300"],
    "working_size_px": ["--working-size", "200"],
    "preset": ["--preset", "draft"],
    "steps": ["--steps", "7"],
    "style_strength": ["--style-strength", "0.25"],
    "content_strength": ["--content-strength", "0.75"],
    "stroke_strength": ["--stroke-strength", "0.3"],
    "style_loss": ["--style-loss", "mean_std"],
    "total_variation": ["--total-variation", "2"],
    "pooling": ["--pooling", "average"],
    "color": ["--color", "matched"],
    "style_scale": ["--style-scale", "2"],
    "start": ["--start", "noise"],
    "seed": ["--seed", "9"],
    "optimizer": ["--optimizer", "lbfgs"],
    "learning_rate": ["--learning-rate", "0.05"],
    "learning_rate_schedule": ["--schedule", "cosine"],
    "gradient_clip": ["--gradient-clip", "2"],
    "averaging": ["--averaging", "0"],
    "early_stop": ["--early-stop"],
    "precision": ["--precision", "half"],
    "memory": ["--memory", "tiles"],
    "tile_px": ["--tile-size", "256"],
    "style_layers": ["--style-layer", "relu1_1=4", "--style-layer", "relu3_1"],
    "content_layers": ["--content-layer", "relu3_2=2"],
    "rungs": ["--rung", "100:5", "--rung", "512:3"],
}
VALUES = {
    "size_px": 300, "working_size_px": 200, "preset": "draft", "steps": 7,
    "style_strength": 0.25, "content_strength": 0.75, "stroke_strength": 0.3,
    "style_loss": "mean_std",
    "total_variation": 2.0, "pooling": "average", "color": "matched",
    "style_scale": 2.0, "start": "noise", "seed": 9, "optimizer": "lbfgs",
    "learning_rate": 0.05, "learning_rate_schedule": "cosine", "gradient_clip": 2.0,
    "averaging": 0.0, "early_stop": True, "precision": "half", "memory": "tiles",
    "tile_px": 256, "style_layers": {"relu1_1": 4.0, "relu3_1": 1.0},
    "content_layers": {"relu3_2": 2.0}, "rungs": ((100, 5), (512, 3)),
}  # fmt: skip


def options(*words: str) -> StylizeOptions:
    parser = argparse.ArgumentParser()
    add_option_flags(parser)
    return options_from(parser.parse_args(words))


def test_every_option_of_the_engine_has_a_flag() -> None:
    assert set(FLAGS) == {each.name for each in dataclasses.fields(StylizeOptions)}


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_sets_its_option_and_no_other(name: str) -> None:
    found = dataclasses.asdict(options(*FLAGS[name]))
    wanted = dataclasses.asdict(StylizeOptions()) | {name: VALUES[name]}
    assert found == wanted


def test_without_flags_the_options_are_the_defaults() -> None:
    assert options() == StylizeOptions()


def test_the_last_rung_says_how_large_the_result_is() -> None:
    assert options("--rung", "100:5", "--rung", "200:3").size_px == 200


def test_rungs_and_a_size_must_agree() -> None:
    with pytest.raises(ValueError, match="end at size_px"):
        options("--rung", "100:5", "--size", "300")


@pytest.mark.parametrize("words", [("--rung", "100"), ("--style-layer", "relu1_1=x")])
def test_a_flag_that_is_no_number_is_refused(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit):
        options(*words)


def test_the_older_name_of_recompute_is_taken() -> None:
    parser = argparse.ArgumentParser()
    add_option_flags(parser)
    found = options_from(parser.parse_args(["--memory", "checkpoint"]))
    assert found.memory is MemoryMode.RECOMPUTE
