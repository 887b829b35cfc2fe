"""Every option has a flag, and the flag sets that option."""

import argparse
import dataclasses

import pytest

from tests.engine.unlike_defaults import NEEDED, UNLIKE_DEFAULTS
from worker.engine import MemoryMode, StylizeOptions
from worker.engine.cli.option_flags import add_option_flags, options_from

FLAGS = {
    "size_px": "--size",
    "working_size_px": "--working-size",
    "learning_rate_schedule": "--schedule",
    "tile_px": "--tile-size",
}
SPECIAL = {
    "early_stop": ["--early-stop"],
    "style_layers": ["--style-layer", "relu1_1=4", "--style-layer", "relu3_1"],
    "content_layers": ["--content-layer", "relu3_2=2"],
    "rungs": ["--rung", "100:5", "--rung", "512:3"],
}


def words_for(name: str) -> list[str]:
    flag = FLAGS.get(name, f"--{name.replace('_', '-')}")
    more = [f"--{k.replace('_', '-')}={v}" for k, v in NEEDED.get(name, {}).items()]
    return SPECIAL.get(name, [flag, str(UNLIKE_DEFAULTS[name]), *more])


def options(*words: str) -> StylizeOptions:
    parser = argparse.ArgumentParser()
    add_option_flags(parser)
    return options_from(parser.parse_args(words))


@pytest.mark.parametrize("name", UNLIKE_DEFAULTS)
def test_every_option_has_a_flag_that_sets_it_and_no_other(name: str) -> None:
    found = dataclasses.asdict(options(*words_for(name)))
    wanted = dataclasses.asdict(StylizeOptions()) | NEEDED.get(name, {})
    wanted[name] = UNLIKE_DEFAULTS[name]
    assert found == wanted
    assert found[name] != getattr(StylizeOptions(), name)


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
