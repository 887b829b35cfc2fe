"""Jobs in JSON: the same jobs as from forms, and nothing that anybody could misread."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.contract.records.wire import upload_key
from app.settings import ApiSettings
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import decode, encode, plain
from tests.app.submissions.sending import STYLE_ID, a_job, data, send

BLUE = plain(color=(1, 2, 3), size=(60, 40))


def test_a_job_in_json_is_the_same_as_from_a_form(api: ApiHarness) -> None:
    answer = send(
        api,
        a_job(
            styles=[data(BLUE)],
            params={"preset": "draft", "size": 256, "seed": 7},
            metadata={"user": "ada"},
        ),
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == f"http://testserver/v1/jobs/{job['id']}"
    assert api.doorbell.rung == [job["id"]]
    form = api.submit(
        style=BLUE, preset="draft", size="256", seed="7", metadata='{"user": "ada"}'
    ).json()
    for name in ("params", "input", "metadata", "ttl_seconds"):
        assert job[name] == form[name]
    assert job["input"]["styles"][0]["width"] == 60


def test_masks_a_start_and_weights_come_in_json_too(api: ApiHarness) -> None:
    mask = encode(decode(plain(size=(48, 36), color=255, mode="L")))
    body = a_job(
        styles=[data(), data(BLUE)],
        masks=[None, data(mask)],
        style_masks=[data(mask)],
        init=data(BLUE),
        params={"start": "image", "style_weights": [2, 0.5]},
    )
    answer = send(api, body)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert job["params"]["style_weights"] == [2.0, 0.5]
    assert job["input"]["masks"][0] is None
    stored = api.blobs.get(upload_key(job["input"]["masks"][1]["sha256"]))
    assert decode(stored).mode == "L"
    assert job["input"]["init"]["width"] == 60


@pytest.mark.parametrize(
    "head",
    [
        "data:image/png;base64,",
        "DATA:image/jpeg;charset=utf-8;base64,",
        "data:;base64,",
    ],
)
def test_a_data_url_is_read_whatever_type_it_names(api: ApiHarness, head: str) -> None:
    url = {"data": head + base64.b64encode(PICTURE).decode()}
    job = send(api, a_job(content=url)).json()
    assert job["input"]["content"] == job["input"]["styles"][0]


def test_slashes_may_be_escaped_as_some_languages_do(api: ApiHarness) -> None:
    picture = encode(Image.effect_noise((300, 200), 64))
    text = json.dumps(a_job(content=data(picture)))
    assert text.count("/") > 100
    for escaped in (text.replace("/", "\\/"), text.replace("+", "\\u002B")):
        answer = send(api, escaped)
        assert answer.status_code == 202, answer.text
        assert answer.json()["input"]["content"]["width"] == 300


def test_what_a_job_says_can_be_posted_back(api: ApiHarness) -> None:
    first = send(api, a_job(params={"size": 128, "rungs": [[64, 3], [128, 5]]}))
    params = first.json()["params"]
    again = send(api, a_job(params=params))
    assert again.status_code == 202, again.text
    assert again.json()["params"] == params


def test_validation_stores_and_queues_nothing(api: ApiHarness) -> None:
    answer = send(api, a_job(), "/v1/jobs?validate_only=true")
    assert answer.status_code == 200
    assert answer.json()["object"] == "validation"
    assert api.is_untouched


GOOD = base64.b64encode(PICTURE).decode()
DEEP = "[" * 100_000
WRONG: dict[str, tuple[Any, int, str, str]] = {
    "not JSON": ("hello", 400, "malformed_body", ""),
    "nothing": ("", 400, "malformed_body", ""),
    "two BOMs": ("\ufeff\ufeff{}", 400, "malformed_body", ""),
    "cut off": ('{"content": {"data": "QUJD', 400, "malformed_body", ""),
    "two documents": ("{}{}", 400, "malformed_body", ""),
    "trailing comma": ('{"content": 1,}', 400, "malformed_body", ""),
    "single quotes": ("{'content': 1}", 400, "malformed_body", ""),
    "Latin-1": ('{"ä": 1}'.encode("latin-1"), 400, "malformed_body", ""),
    "UTF-16": ("{}".encode("utf-16"), 400, "malformed_body", ""),
    "a lone surrogate": ('{"metadata": {"x": "\\ud800"}}', 400, "malformed_body", ""),
    "a surrogate as name": ('{"\\udfff": 1}', 400, "malformed_body", ""),
    "deep lists": (DEEP, 400, "malformed_body", ""),
    "deep objects": ('{"a":' * 100_000, 400, "malformed_body", ""),
    "deep, closed": ("[" * 500 + "]" * 500, 400, "malformed_body", ""),
    "a huge integer": (
        '{"params": {"seed": ' + "9" * 5000 + "}}",
        422,
        "out_of_range",
        "",
    ),
    "a list": ([], 422, "invalid_value", ""),
    "null": (None, 422, "invalid_value", ""),
    "a number": ("1", 422, "invalid_value", ""),
    "a text": ('"x"', 422, "invalid_value", ""),
    "NaN": ("NaN", 422, "invalid_value", ""),
    "nothing in it": ({}, 422, "missing_content", "/content"),
    "a name twice": (
        '{"content": 1, "content": 2}',
        422,
        "duplicate_field",
        "/content",
    ),
    "an inner name twice": (
        '{"params": {"seed": 1, "seed": 1}}',
        422,
        "duplicate_field",
        "/params/seed",
    ),
    "a name twice, written in two ways": (
        '{"seed/": 1, "s\\u0065ed/": 1}',
        422,
        "duplicate_field",
        "/seed~1",
    ),
    "a form's name": (a_job(style=data()), 422, "unknown_field", "/style"),
    "a parameter at the top": (a_job(seed=1), 422, "unknown_field", "/seed"),
    "an unknown parameter": (
        a_job(params={"stepps": 1}),
        422,
        "unknown_field",
        "/params/stepps",
    ),
    "no content": (a_job(content=...), 422, "missing_content", "/content"),
    "content null": (a_job(content=None), 422, "missing_content", "/content"),
    "content a text": (a_job(content=GOOD), 422, "invalid_value", "/content"),
    "content a list": (a_job(content=[data()]), 422, "invalid_value", "/content"),
    "content empty": (a_job(content={}), 422, "invalid_value", "/content"),
    "content misspelt": (
        a_job(content={"dta": GOOD}),
        422,
        "unknown_field",
        "/content/dta",
    ),
    "content in two ways": (
        a_job(content={**data(), "url": "https://x.example"}),
        422,
        "invalid_value",
        "/content",
    ),
    "data a number": (
        a_job(content={"data": 5}),
        422,
        "invalid_value",
        "/content/data",
    ),
    "data null": (a_job(content={"data": None}), 422, "invalid_value", "/content/data"),
    "data empty": (a_job(content={"data": ""}), 422, "image_empty", "/content/data"),
    "a data URL of nothing": (
        a_job(content={"data": "data:;base64,"}),
        422,
        "image_empty",
        "/content/data",
    ),
    "base64 for URLs": (
        a_job(styles=[{"data": GOOD.replace("+", "-").replace("/", "_")}]),
        422,
        "invalid_value",
        "/styles/0/data",
    ),
    "base64 without padding": (
        a_job(content={"data": "QUI"}),
        422,
        "invalid_value",
        "/content/data",
    ),
    "a data URL in percents": (
        a_job(content={"data": "data:image/svg+xml,%3Csvg%3E"}),
        422,
        "invalid_value",
        "/content/data",
    ),
    "base64 of text": (
        a_job(styles=[data(), data(b"hello")]),
        415,
        "unsupported_image_type",
        "/styles/1/data",
    ),
    "a picture cut off": (
        a_job(styles=[data(PICTURE[:-40])]),
        422,
        "image_unreadable",
        "/styles/0/data",
    ),
    "no styles": (a_job(styles=...), 422, "missing_style", "/styles"),
    "styles empty": (a_job(styles=[]), 422, "missing_style", "/styles"),
    "styles null": (a_job(styles=None), 422, "missing_style", "/styles"),
    "styles an object": (a_job(styles=data()), 422, "invalid_value", "/styles"),
    "a style null": (a_job(styles=[None]), 422, "invalid_value", "/styles/0"),
    "five styles": (a_job(styles=[data()] * 5), 422, "too_many_styles", "/styles"),
    "masks a text": (a_job(masks="x"), 422, "invalid_value", "/masks"),
    "two masks": (a_job(masks=[None, None]), 422, "too_many_masks", "/masks"),
    "a mask of the library": (
        a_job(masks=[{"style_id": STYLE_ID}]),
        422,
        "invalid_value",
        "/masks/0/style_id",
    ),
    "a mask of another shape": (
        a_job(masks=[data(plain(size=(40, 40), mode="L", color=200))]),
        422,
        "mask_bad_aspect",
        "/masks/0/data",
    ),
    "an init and no such start": (
        a_job(init=data()),
        422,
        "invalid_value",
        "/params/start",
    ),
    "such a start and no init": (
        a_job(params={"start": "image"}),
        422,
        "invalid_value",
        "/init",
    ),
    "an unknown style": (
        a_job(styles=[{"style_id": "nightt"}]),
        404,
        "style_not_found",
        "/styles/0/style_id",
    ),
    "a style of another form": (
        a_job(styles=[data(), {"style_id": "../../etc/passwd"}]),
        404,
        "style_not_found",
        "/styles/1/style_id",
    ),
    "a URL": (
        a_job(content={"url": "https://x.example/a.jpg"}),
        422,
        "url_input_disabled",
        "/content/url",
    ),
    "params a list": (a_job(params=[]), 422, "invalid_value", "/params"),
    "params a text": (a_job(params='{"seed": 1}'), 422, "invalid_value", "/params"),
    "a number as text": (
        a_job(params={"size": "512"}),
        422,
        "invalid_value",
        "/params/size",
    ),
    "a number as switch": (
        a_job(params={"size": True}),
        422,
        "invalid_value",
        "/params/size",
    ),
    "a fraction of a step": (
        a_job(params={"steps": 1.5}),
        422,
        "invalid_value",
        "/params/steps",
    ),
    "too many steps": (
        a_job(params={"steps": 99_999}),
        422,
        "out_of_range",
        "/params/steps",
    ),
    "a seed of 300 digits": (
        '{"content": {"data": ""}, "styles": [{"data": ""}], "params": {"seed": '
        + "9" * 300
        + "}}",
        422,
        "out_of_range",
        "/params/seed",
    ),
    "NaN in params": (
        a_job(params={"style_strength": float("nan")}),
        422,
        "not_finite",
        "/params/style_strength",
    ),
    "infinity in params": (
        a_job(params={"style_strength": float("inf")}),
        422,
        "not_finite",
        "/params/style_strength",
    ),
    "1e999 in params": (
        json.dumps(a_job()).replace("{", '{"params": {"total_variation": 1e999}, ', 1),
        422,
        "not_finite",
        "/params/total_variation",
    ),
    "an unknown preset": (
        a_job(params={"preset": "ultra"}),
        422,
        "unknown_preset",
        "/params/preset",
    ),
    "an unknown layer": (
        a_job(params={"style_layers": {"conv1": 1}}),
        422,
        "unknown_layer",
        "/params/style_layers",
    ),
    "a weight too many": (
        a_job(params={"style_weights": [1, 1]}),
        422,
        "style_weights_mismatch",
        "/params/style_weights",
    ),
    "metadata a list": (a_job(metadata=[]), 422, "invalid_value", "/metadata"),
    "metadata NaN": (
        a_job(metadata={"a": {"b": [float("nan")]}}),
        422,
        "not_finite",
        "/metadata/a/b/0",
    ),
    "metadata too long": (
        a_job(metadata={str(i): "x" * 100 for i in range(200)}),
        413,
        "upload_too_large",
        "/metadata",
    ),
    "metadata with a long text": (
        a_job(metadata={"x": ["y", "x" * 20_000]}),
        413,
        "upload_too_large",
        "/metadata/x/1",
    ),
    "a long name": (
        a_job(metadata={"x" * 20_000: 1}),
        413,
        "upload_too_large",
        "/metadata",
    ),
    "a long URL": (
        a_job(content={"url": "https://x/" + "x" * 20_000}),
        413,
        "upload_too_large",
        "/content/url",
    ),
    "a long form": (
        a_job(content={"x" * 20_000: 1}),
        413,
        "upload_too_large",
        "/content",
    ),
    "a megabyte of small things": (
        '{"metadata": {"x": [' + "1," * 600_000 + "1]}}",
        413,
        "upload_too_large",
        "",
    ),
    "a time to live too short": (
        a_job(ttl_seconds=3599),
        422,
        "out_of_range",
        "/ttl_seconds",
    ),
    "a time to live too long": (
        a_job(ttl_seconds=604_801),
        422,
        "out_of_range",
        "/ttl_seconds",
    ),
    "a time to live without end": (
        a_job(ttl_seconds=float("inf")),
        422,
        "not_finite",
        "/ttl_seconds",
    ),
    "a time to live in words": (
        a_job(ttl_seconds="1 day"),
        422,
        "invalid_value",
        "/ttl_seconds",
    ),
    "a time to live that is true": (
        a_job(ttl_seconds=True),
        422,
        "invalid_value",
        "/ttl_seconds",
    ),
    "a webhook as text": (
        a_job(webhook="https://x.example"),
        422,
        "invalid_value",
        "/webhook",
    ),
    "a webhook without URL": (a_job(webhook={}), 422, "invalid_value", "/webhook/url"),
    "a webhook misspelt": (
        a_job(webhook={"url": "https://x.example", "event": []}),
        422,
        "unknown_field",
        "/webhook/event",
    ),
    "a webhook for http": (
        a_job(webhook={"url": "http://x.example"}),
        422,
        "webhook_url_forbidden",
        "/webhook/url",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_documents_are_refused_by_place(api: ApiHarness, name: str) -> None:
    body, status, code, field = WRONG[name]
    if not isinstance(body, str | bytes):
        body = json.dumps(body)
    problem = assert_problem(send(api, body), status, code)
    if field:
        assert problem["errors"][0]["field"] == field
    assert api.is_untouched


def test_a_misspelt_member_leads_to_the_nearest(api: ApiHarness) -> None:
    assert "styles" in send(api, a_job(stiles=[])).json()["detail"]
    assert "steps" in send(api, a_job(params={"stepz": 1})).json()["detail"]
    assert "data" in send(api, a_job(content={"dat": ""})).json()["detail"]


def test_a_secret_is_never_told_back(api: ApiHarness) -> None:
    body = a_job(webhook={"url": "https://x.example", "secret": "whsec_äbracadabra"})
    answer = send(api, body)
    assert_problem(answer, 422, "invalid_value")
    assert "abra" not in answer.text


@pytest.mark.parametrize(
    "media_type",
    ["application/json; charset=UTF-8", "Application/JSON", "application/json;x=y"],
)
def test_spellings_of_the_media_type_are_equal(
    api: ApiHarness, media_type: str
) -> None:
    assert send(api, json.dumps(a_job()), Content_Type=media_type).status_code == 202


def test_json_of_another_charset_is_refused(api: ApiHarness) -> None:
    answer = send(api, "{}", Content_Type="application/json; charset=utf-16")
    assert_problem(answer, 400, "malformed_body")


def test_a_picture_over_its_limit_is_refused_by_place(
    build_api: Callable[..., ApiHarness],
) -> None:
    api = build_api(settings=ApiSettings(max_image_bytes=len(PICTURE)))
    assert send(api, a_job()).status_code == 202
    api = build_api(settings=ApiSettings(max_image_bytes=len(PICTURE) - 1))
    for content in (data(), {"data": "A" * 400_000}):
        problem = assert_problem(
            send(api, a_job(styles=[content])), 413, "upload_too_large"
        )
    api = build_api(settings=ApiSettings(max_image_bytes=100_000))
    problem = assert_problem(
        send(api, a_job(styles=[{"data": "A" * 400_000}])), 413, "upload_too_large"
    )
    assert problem["errors"][0]["field"] == "/styles/0/data"
    assert problem["errors"][0]["limit"] == problem["limit"] == 100_000
    assert api.is_untouched


@pytest.mark.parametrize(
    ("name", "limit", "actual"),
    [
        ("metadata too long", 16_384, None),
        ("metadata with a long text", 16_384, 20_000),
        ("a long name", 16_384, 20_000),
        ("a long URL", 16_384, 20_010),
        ("a long webhook", 16_384, 20_010),
        ("a megabyte of small things", 2**20, None),
    ],
)
def test_what_is_too_large_is_told_with_its_limit(
    api: ApiHarness, name: str, limit: int, actual: int | None
) -> None:
    body = (
        a_job(webhook={"url": "https://x/" + "x" * 20_000})
        if name == "a long webhook"
        else WRONG[name][0]
    )
    problem = assert_problem(send(api, body), 413, "upload_too_large")
    (error,) = problem["errors"]
    assert problem["limit"] == error["limit"] == limit
    assert problem["actual"] == error["actual"]
    assert actual is None or problem["actual"] == actual
    assert problem["actual"] is None or problem["actual"] > limit


def test_an_unknown_network_leads_to_those_that_are_offered(api: ApiHarness) -> None:
    params = {"network": "resnet"}
    parts = {"content": PICTURE, "style": PICTURE}
    batch = {"contents": [data()], "styles": [data()], "params": params}
    job_id = api.queued()
    for answer in (
        send(api, a_job(params=params)),
        api.client.post("/v1/jobs", files=parts, data=params),
        api.client.post("/v1/batches", json=batch),
        api.client.post(f"/v1/jobs/{job_id}/retry", json={"params": params}),
    ):
        problem = assert_problem(answer, 422, "invalid_value")
        assert problem["errors"][0]["field"] == "/params/network"
        assert problem["errors"][0]["limit"] == "'vgg19'"
        assert "vgg16" not in answer.text


def test_a_body_over_its_limit_is_refused(build_api: Callable[..., ApiHarness]) -> None:
    api = build_api(settings=ApiSettings(max_body_bytes=1000))
    answer = send(api, json.dumps(a_job(content={"data": "A" * 2000})))
    assert_problem(answer, 413, "upload_too_large")


JSON_VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([GOOD, "data:;base64,QUJD", "night", "x" * 17_000]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "url",
                    "style_id",
                    "seed",
                    "size",
                    "steps",
                    "rungs",
                    "events",
                    "a",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
MEMBERS = [
    "content",
    "styles",
    "masks",
    "style_masks",
    "init",
    "params",
    "metadata",
    "webhook",
    "ttl_seconds",
    "priority",
]
SHARED = ApiHarness()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.dictionaries(st.sampled_from(MEMBERS), JSON_VALUES, max_size=3),
)
def test_whatever_comes_is_answered_and_never_with_our_fault(
    changes: dict[str, Any],
) -> None:
    answer = send(SHARED, json.dumps(a_job(**changes)), "/v1/jobs?validate_only=true")
    assert answer.status_code in {200, 400, 404, 413, 415, 422}, answer.text
    json.loads(answer.text, parse_constant=lambda _: pytest.fail("no JSON"))
