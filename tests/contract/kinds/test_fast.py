"""The engine `fast` of pictures: what it takes, where it waits, what it is worth."""

import pytest
from pydantic import ValidationError

from app.contract.inputs import Input
from app.contract.jobs import slip_fields
from app.contract.kind import Lane, RefusedParams
from app.contract.kinds.image.fast import FastParameters
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.packs.reading import PACK_TYPE
from tests.stores.new_jobs import a_picture

INPUTS = {"content": a_picture(2000, 1000), "style/0": a_picture()}
INSTANT = IMAGE.parse({"engine": "fast"}, INPUTS)
QUICK = IMAGE.parse({"engine": "fast", "preset": "quick"}, INPUTS)
OPTIMIZE = IMAGE.parse({"seed": 1}, INPUTS)


def test_all_values_are_filled_in_and_no_others() -> None:
    assert INSTANT.model_dump(mode="json") == {
        "engine": "fast",
        "preset": "instant",
        "size": 512,
        "network": "auto",
        "style_strength": 0.5,
        "style_weights": [1.0],
        "color": "style",
        "style_scale": 1.0,
        "keep": "none",
        "keep_strength": 0.7,
    }
    again = IMAGE.parse(INSTANT.model_dump(mode="json"), INPUTS)
    assert again == INSTANT


def test_the_record_of_an_optimized_picture_does_not_know_of_engines() -> None:
    said = IMAGE.parse({"engine": "optimize", "seed": 1}, INPUTS)
    assert isinstance(said, ResolvedParameters)
    assert slip_fields(IMAGE, said, INPUTS) == slip_fields(IMAGE, OPTIMIZE, INPUTS)
    assert "engine" not in slip_fields(IMAGE, said, INPUTS)["params"]
    assert slip_fields(IMAGE, said, INPUTS)["kind_version"] == 4


@pytest.mark.parametrize("name", ["steps", "seed", "memory", "start"])
def test_what_the_engine_does_not_read_is_no_field_of_it(name: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        FastParameters.model_validate({"engine": "fast", name: 1})


@pytest.mark.parametrize("name", ["init", "style_mask/0"])
def test_a_file_that_the_engine_does_not_read_is_refused(name: str) -> None:
    with pytest.raises(RefusedParams) as caught:
        IMAGE.parse({"engine": "fast"}, {**INPUTS, name: a_picture()})
    assert (caught.value.pointer, caught.value.code) == (f"/{name}", "not_applicable")


def test_a_mask_of_what_to_keep_goes_with_its_choice() -> None:
    with_mask = {**INPUTS, "keep_mask": a_picture()}
    kept = IMAGE.parse({"engine": "fast", "keep": "mask"}, with_mask)
    assert kept.keep == "mask"
    assert "keep_mask" in IMAGE.used(kept, with_mask)
    for params, inputs, pointer in (
        ({}, with_mask, "/params/keep"),
        ({"keep": "face"}, with_mask, "/params/keep"),
        ({"keep": "mask"}, INPUTS, "/keep_mask"),
    ):
        with pytest.raises(RefusedParams) as caught:
            IMAGE.parse({"engine": "fast", **params}, inputs)
        assert caught.value.pointer == pointer


def test_weights_must_match_the_paintings_as_in_the_other_engine() -> None:
    with pytest.raises(RefusedParams, match="number of weights"):
        IMAGE.parse({"engine": "fast", "style_weights": [1, 2]}, INPUTS)


def test_one_pass_waits_among_the_short_jobs_and_steps_among_the_long_ones() -> None:
    lanes = [IMAGE.lane(params) for params in (INSTANT, QUICK, OPTIMIZE)]
    assert lanes == [Lane.SHORT, Lane.LONG, Lane.LONG]


def test_work_is_a_part_of_a_step_and_the_steps_after_it() -> None:
    megapixels = 512 * 256 / 1e6
    assert IMAGE.work(INSTANT, INPUTS) == pytest.approx(0.3 * megapixels)
    assert IMAGE.work(QUICK, INPUTS) == pytest.approx(20.3 * megapixels)
    large = INSTANT.model_copy(update={"style_scale": 0.5})
    assert IMAGE.work(large, INPUTS) == pytest.approx(4 * 0.3 * megapixels)


def test_memory_is_asked_for_the_size_that_the_network_works_at() -> None:
    assert IMAGE.needs(INSTANT, INPUTS).units == 512 * 256
    assert IMAGE.needs(INSTANT, INPUTS).network == "arbitrary"
    large = INSTANT.model_copy(update={"style_scale": 0.25})
    assert IMAGE.needs(large, INPUTS).units == 2048 * 1024
    small = INSTANT.model_copy(update={"style_scale": 4.0})
    assert IMAGE.needs(small, INPUTS).units == 512 * 256


def test_nothing_is_drawn() -> None:
    assert not IMAGE.draws(INSTANT)
    assert IMAGE.draws(StyleTransferParameters())


def test_only_jobs_of_the_same_preset_tell_how_long_one_takes() -> None:
    instant, quick, slow = (
        IMAGE.traits(params, INPUTS) for params in (INSTANT, QUICK, OPTIMIZE)
    )
    assert IMAGE.unlikeness(instant, instant) == 0
    assert IMAGE.unlikeness(instant, quick) == IMAGE.unlikeness(slow, instant) == 2
    assert "engine" not in slow


def test_another_engine_takes_over_what_both_read() -> None:
    chosen = IMAGE.parse(
        {"engine": "fast", "size": 300, "style_strength": 0.9, "keep": "face"}, INPUTS
    )
    slow = IMAGE.overridden(chosen, {"engine": "optimize", "steps": 7})
    assert IMAGE.parse(slow, INPUTS).model_dump()["steps"] == 7
    assert (slow["size"], slow["style_strength"]) == (300, 0.9)
    assert slow["keep"] == "face"
    assert "preset" not in slow
    fast = IMAGE.parse(IMAGE.overridden(OPTIMIZE, {"engine": "fast"}), INPUTS)
    assert fast == INSTANT
    kept = IMAGE.overridden(chosen, {"preset": "quick"})
    assert (kept["engine"], kept["preset"], kept["size"]) == ("fast", "quick", 300)


def test_quick_pictures_are_others_once_either_engine_paints_otherwise() -> None:
    versions = [IMAGE.version(params) for params in (INSTANT, OPTIMIZE, QUICK)]
    assert versions[2] == versions[0] + versions[1]


PACK = Input(media_type=PACK_TYPE, sha256="ab" * 32)
WITH_PACK = {**INPUTS, "pack/0": PACK}
NO_PAINTING = {
    **WITH_PACK,
    "style/0": a_picture().model_copy(update={"facts": {"paintable": False}}),
}


@pytest.mark.parametrize(
    ("params", "reads"),
    [
        ({"engine": "fast"}, True),
        ({"engine": "fast", "preset": "quick"}, True),
        ({"engine": "fast", "network": "pack"}, True),
        ({"engine": "fast", "network": "arbitrary"}, False),
        ({"start": "fast"}, True),
        ({}, False),
    ],
    ids=str,
)
def test_a_pack_counts_only_where_it_paints(
    params: dict[str, str], *, reads: bool
) -> None:
    used = IMAGE.used(IMAGE.parse(params, WITH_PACK), WITH_PACK)
    assert ("pack/0" in used) == reads


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"engine": "fast", "preset": "quick"},
        {"engine": "fast", "network": "arbitrary"},
        {"start": "fast"},
    ],
    ids=str,
)
def test_a_network_alone_is_no_painting(params: dict[str, str]) -> None:
    assert IMAGE.parse({"engine": "fast"}, NO_PAINTING)
    with pytest.raises(RefusedParams, match="there is no painting") as caught:
        IMAGE.parse(params, NO_PAINTING)
    assert caught.value.code == "style_has_no_painting"
    assert caught.value.pointer == "/styles/0"


def test_a_network_that_a_style_lacks_cannot_be_asked_for() -> None:
    with pytest.raises(RefusedParams, match="style 2 has none") as caught:
        IMAGE.parse(
            {"engine": "fast", "network": "pack"}, {**WITH_PACK, "style/1": a_picture()}
        )
    assert caught.value.code == "style_has_no_pack"


def test_a_start_from_the_fast_picture_needs_both_engines() -> None:
    started = IMAGE.parse({"start": "fast", "seed": 1}, INPUTS)
    assert IMAGE.engines_of(started) == ("optimize", "fast")
    assert IMAGE.engines_of(OPTIMIZE) == ("optimize",)
    assert IMAGE.engines_of(QUICK) == ("fast",)
    assert IMAGE.version(started) == IMAGE.version(QUICK) != IMAGE.version(OPTIMIZE)
    assert IMAGE.lane(started) is Lane.LONG


def test_jobs_by_packs_are_learnt_apart() -> None:
    theirs, ours = (IMAGE.traits(INSTANT, each) for each in (INPUTS, WITH_PACK))
    assert "network" not in theirs
    assert IMAGE.unlikeness(theirs, ours) == 2
    assert IMAGE.unlikeness(ours, ours) == 0
