import json
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from starlette.datastructures import FormData

from app.contract.kinds import KINDS
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import Network, Preset, StyleLoss
from app.contract.painting.layers import VGG16_LAYERS
from app.contract.painting.limits import (
    MAX_LAYER_WEIGHT,
    MAX_SEED,
    MAX_SIZE_PX,
    MAX_STEPS,
    MAX_STYLE_WEIGHT,
    MIN_SIZE_PX,
)
from app.problems import ProblemCode, ProblemError
from app.submissions import parameters
from app.submissions.fields import KIND, TERMS, fields_of, nearest_field
from app.submissions.forms import Form
from app.submissions.json_texts import MAX_DEPTH
from app.submissions.offers import Offer

C = ProblemCode
IMAGE = KINDS.of("image")
FIELDS = fields_of(IMAGE)
read_parameters = partial(
    parameters.read_parameters, offer=Offer(IMAGE, tuple(Network))
)

_LAYERS = st.sampled_from(["relu1_1", "relu3_4", "x"])

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
    ("rungs", "[[64, 3], [512, 5]]", ((64, 3), (512, 5))),
    (
        "style_layers",
        '{"relu1_1": 16, "relu3_1": 0.5}',
        {"relu1_1": 16, "relu3_1": 0.5},
    ),
    ("content_layers", f'{{"relu4_2":{MAX_LAYER_WEIGHT}}}', {"relu4_2": 10_000}),
    ("style_weights", f"[0.001, {MAX_STYLE_WEIGHT}]", (0.001, 100)),
    ("early_stop", "true", True),
    ("early_stop", "false", False),
    ("network", "vgg16_torchvision", Network.VGG16_TORCHVISION),
    ("tile_size", "128", 128),
    ("averaging", "0", 0.0),
]

_MAX_WEIGHT = float(MAX_LAYER_WEIGHT)

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
    ("steps", "nan", C.NOT_FINITE, None),
    ("steps", "7}, {", C.INVALID_VALUE, None),
    ("seed", "9" * 5000, C.INVALID_VALUE, None),
    ("preset", "ultra", C.UNKNOWN_PRESET, "'draft', 'standard' or 'high'"),
    ("preset", "", C.UNKNOWN_PRESET, "'draft', 'standard' or 'high'"),
    ("preset", "Draft", C.UNKNOWN_PRESET, "'draft', 'standard' or 'high'"),
    ("preset", "5", C.UNKNOWN_PRESET, "'draft', 'standard' or 'high'"),
    ("working_size", "513", C.OUT_OF_RANGE, 512),
    ("tile_size", "129", C.INVALID_VALUE, 16),
    ("tile_size", "64", C.OUT_OF_RANGE, 128),
    ("early_stop", "yes", C.INVALID_VALUE, None),
    ("early_stop", "1", C.INVALID_VALUE, None),
    ("rungs", "", C.INVALID_VALUE, None),
    ("rungs", "512", C.INVALID_VALUE, None),
    ("rungs", "null, null", C.INVALID_VALUE, None),
    ("rungs", "[]", C.INVALID_VALUE, None),
    ("rungs", "{}", C.INVALID_VALUE, None),
    ("rungs", "[[500, 1]]", C.INVALID_VALUE, None),
    ("rungs", '[[512, 1]], "steps": [[1', C.INVALID_VALUE, None),
    ("rungs", "[" * 8000 + "]" * 8000, C.INVALID_VALUE, None),
    ("rungs", "[" * 16_000, C.INVALID_VALUE, None),
    ("rungs", f"[{'[512,1],' * 16}[512,1]]", C.INVALID_VALUE, 16),
    ("rungs", "9" * 5000, C.INVALID_VALUE, None),
    ("style_layers", '{"relu1_1": 1, "relu1_1": 2}', C.INVALID_VALUE, None),
    ("style_layers", '{"relu1_1": {"a": 1, "a": 1}}', C.INVALID_VALUE, None),
    ("style_layers", "[]", C.INVALID_VALUE, None),
    ("style_layers", "{}", C.INVALID_VALUE, None),
    ("style_layers", '{"relu1_1": 0}', C.INVALID_VALUE, None),
    ("style_layers", '{"\\ud800": 1}', C.INVALID_VALUE, None),
    ("style_layers", "{'relu1_1': 1}", C.INVALID_VALUE, None),
    ("style_weights", "[1,1,1,1,1]", C.STYLE_WEIGHTS_MISMATCH, 4),
    (
        "style_loss",
        "l2",
        C.INVALID_VALUE,
        "'wasserstein', 'gram', 'mean_std', 'nearest' or 'optimal_transport'",
    ),
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


INNER = [
    ("rungs", "[[63, 1], [512, 1]]", "rungs/0/0", C.OUT_OF_RANGE, 64),
    ("rungs", "[[64, 0], [512, 1]]", "rungs/0/1", C.OUT_OF_RANGE, 1),
    ("rungs", "[[64, 1.5], [512, 1]]", "rungs/0/1", C.INVALID_VALUE, None),
    ("rungs", "[[64], [512, 1]]", "rungs/0/1", C.INVALID_VALUE, None),
    ("rungs", '["64", [512, 1]]', "rungs/0", C.INVALID_VALUE, None),
    ("rungs", "[[64, true], [512, 1]]", "rungs/0/1", C.INVALID_VALUE, None),
    ("style_layers", '{"relu1_1": NaN}', "style_layers/relu1_1", C.NOT_FINITE, None),
    ("style_layers", '{"relu1_1": 1e999}', "style_layers/relu1_1", C.NOT_FINITE, None),
    ("style_layers", '{"relu1_1": "1"}', "style_layers/relu1_1", C.INVALID_VALUE, None),
    (
        "content_layers",
        '{"relu1_1": 10001}',
        "content_layers/relu1_1",
        C.OUT_OF_RANGE,
        _MAX_WEIGHT,
    ),
    ("style_weights", "[1, NaN]", "style_weights/1", C.NOT_FINITE, None),
    ("style_weights", "[1, 0]", "style_weights/1", C.OUT_OF_RANGE, 0.001),
    ("style_weights", "[1, -Infinity]", "style_weights/1", C.NOT_FINITE, None),
]


@pytest.mark.parametrize(("name", "text", "pointer", "code", "limit"), INNER)
def test_a_wrong_value_within_a_text_is_pointed_at(
    name: str, text: str, pointer: str, code: ProblemCode, limit: object
) -> None:
    with pytest.raises(ProblemError) as caught:
        read_parameters({name: text})
    assert caught.value.code is code
    (error,) = caught.value.errors
    assert (error.field, error.limit) == (f"/params/{pointer}", limit)
    json.dumps([error.model_dump(mode="json")], allow_nan=False)


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        ((Network.VGG19,), "'vgg19'"),
        ((Network.VGG19, Network.VGG16), "'vgg19' or 'vgg16'"),
    ],
)
def test_an_unknown_network_leads_to_those_that_are_offered_alone(
    networks: tuple[Network, ...], told: str
) -> None:
    offer = Offer(IMAGE, networks)
    for read in (
        lambda: parameters.read_parameters({"network": "resnet"}, offer=offer),
        lambda: parameters.parameters_of({"network": "resnet"}, offer),
    ):
        with pytest.raises(ProblemError) as caught:
            read()
        (error,) = caught.value.errors
        assert (error.field, error.code) == ("/params/network", "enum")
        assert (error.limit, error.actual) == (told, "resnet")
        assert error.message == f"Input should be {told}"
        assert caught.value.detail == f"network: Input should be {told}."


def test_an_unknown_layer_leads_to_the_nearest_and_to_all_there_are() -> None:
    with pytest.raises(ProblemError) as caught:
        read_parameters({"network": "vgg16", "style_layers": '{"relu3_4": 1}'})
    assert caught.value.code is C.UNKNOWN_LAYER
    (error,) = caught.value.errors
    assert error.field == "/params/style_layers"
    assert error.limit == list(VGG16_LAYERS)
    assert error.actual == "relu3_4"
    assert "relu3_3" in error.message
    with pytest.raises(ProblemError) as caught:
        read_parameters(
            {"network": "vit_base_16", "content_layers": '{"block11.key": 1}'}
        )
    assert caught.value.code is C.UNKNOWN_LAYER
    assert "was block11.keys meant" in caught.value.errors[0].message
    with pytest.raises(ProblemError) as caught:
        read_parameters({"style_layers": json.dumps({"x" * 5000: 1})})
    assert len(caught.value.detail) < 500


def test_the_repeated_field_is_read_like_a_list() -> None:
    assert read_parameters({}, {"style_weights": ["1", "2.5e-1"]}).style_weights == (
        1.0,
        0.25,
    )
    for text, code in (("NaN", C.NOT_FINITE), ("0", C.OUT_OF_RANGE), ("x", None)):
        with pytest.raises(ProblemError) as caught:
            read_parameters({}, {"style_weights": ["1", text]})
        assert caught.value.code is (code or C.INVALID_VALUE)
        assert caught.value.errors[0].field == "/params/style_weights/1"
    with pytest.raises(ProblemError):
        read_parameters({}, {"style_weights": ['1], "seed": [1']})


def test_many_wrong_entries_are_not_all_told() -> None:
    with pytest.raises(ProblemError) as caught:
        read_parameters({"rungs": json.dumps([[1, 1]] * 2000)})
    assert len(caught.value.errors) <= 16
    assert len(caught.value.detail) < 4000


def test_a_text_that_is_no_json_is_told_beside_the_other_errors() -> None:
    with pytest.raises(ProblemError) as caught:
        read_parameters({"rungs": "[", "size": "1"})
    fields = {each.field: each.message for each in caught.value.errors}
    assert fields["/params/rungs"] == "The text is not JSON"
    assert "/params/size" in fields


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
    text=st.text('0123456789.-+eEnaif ,"}{[]:\\\0ü', max_size=12),
)
def test_any_text_is_a_value_or_a_refusal(name: str, text: str) -> None:
    try:
        params = read_parameters({name: text})
    except ProblemError as error:
        json.dumps([e.model_dump(mode="json") for e in error.errors], allow_nan=False)
        return
    json.dumps(params.model_dump(mode="json"), allow_nan=False)


_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_LAYERS, inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(name=st.sampled_from(sorted(FIELDS.json_texts)), value=_ANY_JSON)
def test_any_json_is_a_value_or_a_refusal(name: str, value: object) -> None:
    try:
        params = read_parameters({name: json.dumps(value)})
    except ProblemError as error:
        json.dumps([e.model_dump(mode="json") for e in error.errors], allow_nan=False)
        return
    json.dumps(params.model_dump(mode="json"), allow_nan=False)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("stile", "style"), ("step", "steps"), ("contents", "content"), ("xyzzy", None)],
)
def test_a_misspelt_field_leads_to_the_nearest(written: str, meant: str | None) -> None:
    assert nearest_field(written, FIELDS.known) == meant


def test_the_known_fields_are_the_files_and_the_contracts_parameters() -> None:
    others = {"content", "style", "mask", "style_mask", "init", "keep_mask"}
    others |= {f"{name}_upload" for name in others}
    others |= {KIND, "style_id", "style_weight", *TERMS}
    assert set(FIELDS.known) == others | set(StyleTransferParameters.model_fields)


def read_metadata(text: str) -> dict[str, JsonValue]:
    form = Form(FormData([("metadata", text)]))
    return form.terms(Offer(IMAGE, tuple(Network))).metadata


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
        '{"x": "\\ud800"}',
        '{"x": ' + "1" * 5000 + "}",
        '{"x": 1, "x": 2}',
        '{"x":' * 5000,
        '{"x":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1),
    ],
)
def test_metadata_that_json_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read_metadata(text)
    assert caught.value.code is C.INVALID_VALUE
    assert caught.value.errors[0].field == "/metadata"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_metadata_may_hold_finite_numbers_only(number: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read_metadata(f'{{"a/b": [1, {{"x": {number}}}]}}')
    assert caught.value.code is C.NOT_FINITE
    assert caught.value.errors[0].field == "/metadata/a~1b/1/x"


def test_metadata_may_be_as_deep_as_is_said() -> None:
    depth = MAX_DEPTH
    read_metadata('{"x":' * depth + "1" + "}" * depth)


def test_brackets_within_strings_do_not_count_as_depth() -> None:
    assert read_metadata('{"x": "[[[[[[[[[[{{\\"[[["}') == {"x": '[[[[[[[[[[{{"[[['}
