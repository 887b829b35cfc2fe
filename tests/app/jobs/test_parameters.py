import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract.parameters import (
    MAX_SEED,
    MAX_SIZE_PX,
    MAX_STEPS,
    MIN_SIZE_PX,
    Preset,
    StyleLoss,
    StyleTransferParameters,
)
from app.jobs.parameters import (
    KNOWN_FIELDS,
    MAX_METADATA_DEPTH,
    nearest_field,
    read_metadata,
    read_parameters,
)
from app.problems import ProblemCode, ProblemError

C = ProblemCode

ACCEPTED = [
    ("preset", "draft", Preset.DRAFT),
    ("size", str(MIN_SIZE_PX), MIN_SIZE_PX),
    ("size", str(MAX_SIZE_PX), MAX_SIZE_PX),
    ("style_strength", "0", 0.0),
    ("style_strength", "1", 1.0),
    ("style_strength", "0.25", 0.25),
    ("content_strength", "2.5e-1", 0.25),
    ("style_loss", "gram", StyleLoss.GRAM),
    ("steps", "1", 1),
    ("steps", str(MAX_STEPS), MAX_STEPS),
    ("seed", "0", 0),
    ("seed", str(MAX_SEED), MAX_SEED),
]

REFUSED = [
    ("size", str(MIN_SIZE_PX - 1), C.OUT_OF_RANGE, MIN_SIZE_PX),
    ("size", str(MAX_SIZE_PX + 1), C.OUT_OF_RANGE, MAX_SIZE_PX),
    ("size", "-5", C.OUT_OF_RANGE, MIN_SIZE_PX),
    ("steps", "0", C.OUT_OF_RANGE, 1),
    ("steps", str(MAX_STEPS + 1), C.OUT_OF_RANGE, MAX_STEPS),
    ("seed", "-1", C.OUT_OF_RANGE, 0),
    ("seed", str(MAX_SEED + 1), C.OUT_OF_RANGE, MAX_SEED),
    ("seed", "9" * 200, C.OUT_OF_RANGE, MAX_SEED),
    ("style_strength", "1.0001", C.OUT_OF_RANGE, 1.0),
    ("style_strength", "-0.0001", C.OUT_OF_RANGE, 0.0),
    ("style_strength", "nan", C.NOT_FINITE, None),
    ("style_strength", "NaN", C.NOT_FINITE, None),
    ("style_strength", "inf", C.NOT_FINITE, None),
    ("style_strength", "+Infinity", C.NOT_FINITE, None),
    ("style_strength", "-inf", C.NOT_FINITE, None),
    ("style_strength", "1e999", C.NOT_FINITE, None),
    ("style_strength", "0,5", C.INVALID_VALUE, None),
    ("style_strength", "true", C.INVALID_VALUE, None),
    ("style_strength", "", C.INVALID_VALUE, None),
    ("steps", "", C.INVALID_VALUE, None),
    ("steps", "12abc", C.INVALID_VALUE, None),
    ("steps", "1e2", C.INVALID_VALUE, None),
    ("steps", "100.0", C.INVALID_VALUE, None),
    ("steps", "1_000", C.INVALID_VALUE, None),
    ("steps", "0x10", C.INVALID_VALUE, None),
    ("steps", "007", C.INVALID_VALUE, None),
    ("steps", " 7", C.INVALID_VALUE, None),
    ("steps", "٣", C.INVALID_VALUE, None),
    ("steps", "null", C.INVALID_VALUE, None),
    ("steps", "nan", C.INVALID_VALUE, None),
    ("steps", "7}, {", C.INVALID_VALUE, None),
    ("seed", "9" * 5000, C.INVALID_VALUE, None),
    ("preset", "ultra", C.UNKNOWN_PRESET, "'draft', 'standard' or 'high'"),
    ("preset", "", C.UNKNOWN_PRESET, "'draft', 'standard' or 'high'"),
    ("preset", "Draft", C.UNKNOWN_PRESET, "'draft', 'standard' or 'high'"),
    ("preset", "5", C.UNKNOWN_PRESET, "'draft', 'standard' or 'high'"),
    ("style_loss", "l2", C.INVALID_VALUE, "'wasserstein' or 'gram'"),
]


@pytest.mark.parametrize(("name", "text", "value"), ACCEPTED)
def test_values_within_bounds_are_read(name: str, text: str, value: object) -> None:
    assert getattr(read_parameters({name: text}), name) == value


@pytest.mark.parametrize(("name", "text", "code", "limit"), REFUSED)
def test_wrong_values_are_refused_by_field(
    name: str, text: str, code: ProblemCode, limit: object
) -> None:
    with pytest.raises(ProblemError) as caught:
        read_parameters({name: text})
    assert caught.value.code is code
    (error,) = caught.value.errors
    assert (error.field, error.limit) == (f"/params/{name}", limit)
    json.dumps([error.model_dump(mode="json")], allow_nan=False)


def test_a_form_without_parameters_has_the_defaults() -> None:
    assert read_parameters({}) == StyleTransferParameters()


def test_every_wrong_field_is_told_at_once() -> None:
    with pytest.raises(ProblemError) as caught:
        read_parameters({"size": "1", "steps": "x", "seed": "7"})
    assert [each.field for each in caught.value.errors] == [
        "/params/size",
        "/params/steps",
    ]
    assert caught.value.code is C.OUT_OF_RANGE
    assert "size" in caught.value.detail
    assert "steps" in caught.value.detail


def test_what_came_is_echoed_as_number_or_short_text() -> None:
    def echo(text: str) -> object:
        with pytest.raises(ProblemError) as caught:
            read_parameters({"steps": text})
        return caught.value.errors[0].actual

    assert echo("99999") == 99999
    assert echo("2.5") == 2.5
    assert echo("1e999") == "1e999"
    assert echo("x" * 5000) == "x" * 100


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(list(StyleTransferParameters.model_fields)),
    text=st.text('0123456789.-+eEnaif ,"}{\\\0ü', max_size=12),
)
def test_any_text_is_a_value_or_a_refusal(name: str, text: str) -> None:
    try:
        value = getattr(read_parameters({name: text}), name)
    except ProblemError:
        return
    assert isinstance(value, Preset | StyleLoss) or math.isfinite(value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("stile", "style"), ("step", "steps"), ("contents", "content"), ("xyzzy", None)],
)
def test_a_misspelt_field_leads_to_the_nearest(written: str, meant: str | None) -> None:
    assert nearest_field(written) == meant


def test_the_known_fields_are_the_files_and_the_contracts_parameters() -> None:
    assert set(KNOWN_FIELDS) == {"content", "style", "metadata"} | set(
        StyleTransferParameters.model_fields
    )


def test_metadata_is_given_back_as_it_came() -> None:
    text = '{"user": "ada", "tags": ["ä", 1, 2.5, null, true], "deep": {"er": {}}}'
    assert read_metadata(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"text"',
        "{",
        "{'user': 1}",
        '{"x": NaN}',
        '{"x": Infinity}',
        '{"x": 1e999}',
        '{"x": "\\ud800"}',
        '{"x":' * 5000,
        '{"x":' * (MAX_METADATA_DEPTH + 1) + "1" + "}" * (MAX_METADATA_DEPTH + 1),
    ],
)
def test_metadata_that_json_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read_metadata(text)
    assert caught.value.code is C.INVALID_VALUE
    assert caught.value.errors[0].field == "/metadata"


def test_metadata_may_be_as_deep_as_is_said() -> None:
    depth = MAX_METADATA_DEPTH
    read_metadata('{"x":' * depth + "1" + "}" * depth)
