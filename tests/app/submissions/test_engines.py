"""A job names its engine; what another one reads is refused, not ignored."""

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from app.settings import ApiSettings
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.pictures import plain
from tests.app.submissions.sending import a_job, data, send

FILES = {"content": PICTURE, "style": PICTURE}


def submit(api: ApiHarness, **fields: str) -> Any:
    return api.client.post("/v1/jobs", files=FILES, data={"engine": "fast", **fields})


@pytest.fixture
def api() -> ApiHarness:
    return ApiHarness(settings=ApiSettings(fast=True))


def test_a_form_and_json_ask_for_the_same(api: ApiHarness) -> None:
    form = submit(api, preset="quick", style_weight="2").json()
    params = {"engine": "fast", "preset": "quick", "style_weights": [2]}
    body = send(api, a_job(params=params)).json()
    assert form["params"] == body["params"]
    assert form["params"]["engine"] == "fast"
    assert form["progress"] is None


@pytest.mark.parametrize("name", ["steps", "seed", "rungs", "memory", "early_stop"])
def test_a_field_of_the_other_engine_is_not_applicable(
    api: ApiHarness, name: str
) -> None:
    values = {"rungs": "[[512, 1]]", "memory": "tiles", "early_stop": "true"}
    answer = submit(api, **{name: values.get(name, "5")})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "not_applicable")
    error = problem["errors"][0]
    assert (error["field"], error["limit"]) == (f"/params/{name}", ["optimize"])
    assert "optimize" in problem["detail"]


def test_a_field_that_no_engine_has_is_unknown(api: ApiHarness) -> None:
    assert submit(api, stepz="5").json()["code"] == "unknown_field"
    answer = send(api, a_job(params={"engine": "fast", "stepz": 5}))
    assert answer.json()["code"] == "unknown_field"


def test_a_preset_of_the_other_engine_is_unknown(api: ApiHarness) -> None:
    problem = submit(api, preset="draft").json()
    assert problem["code"] == "unknown_preset"
    assert "'instant' or 'quick'" in problem["detail"]


def test_an_unknown_engine_is_told_which_there_are(api: ApiHarness) -> None:
    problem = submit(api, engine="slow").json()
    assert problem["errors"][0]["field"] == "/params/engine"
    assert "'optimize' or 'fast'" in problem["detail"]


@pytest.mark.parametrize("name", ["init", "style_mask"])
def test_a_file_of_the_other_engine_is_not_applicable(
    api: ApiHarness, name: str
) -> None:
    answer = api.client.post(
        "/v1/jobs", files={**FILES, name: PICTURE}, data={"engine": "fast"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "not_applicable")


def test_what_is_kept_is_asked_for_as_in_the_other_engine(api: ApiHarness) -> None:
    files = {**FILES, "keep_mask": PICTURE}
    fields = {"engine": "fast", "keep": "mask", "keep_strength": "0.5"}
    job = api.client.post("/v1/jobs", files=files, data=fields).json()
    assert (job["params"]["keep"], job["params"]["keep_strength"]) == ("mask", 0.5)
    assert job["input"]["keep_mask"]["sha256"]
    assert submit(api, keep="mask").json()["errors"][0]["field"] == "/keep_mask"


@pytest.mark.parametrize("name", ["content", "style"])
def test_a_picture_of_less_than_32_px_is_refused(api: ApiHarness, name: str) -> None:
    files = {**FILES, name: plain(size=(64, 31))}
    answer = api.client.post("/v1/jobs", files=files, data={"engine": "fast"})
    assert (answer.status_code, answer.json()["code"]) == (422, "image_too_small")


@pytest.mark.parametrize("weight", [0, -1, 1e-9])
def test_weights_that_sum_to_nothing_are_refused(
    api: ApiHarness, weight: float
) -> None:
    params = {"engine": "fast", "style_weights": [weight] * 4}
    answer = send(api, a_job(styles=[data()] * 4, params=params))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "/params/style_weights/0"


def test_four_equal_paintings_are_accepted(api: ApiHarness) -> None:
    job = send(api, a_job(styles=[data()] * 4, params={"engine": "fast"})).json()
    assert job["params"]["style_weights"] == [1, 1, 1, 1]


def test_without_its_networks_the_engine_is_refused_in_words() -> None:
    api = ApiHarness(settings=ApiSettings(fast=False))
    problem = submit(api).json()
    assert problem["errors"][0]["field"] == "/params/engine"
    assert problem["errors"][0]["limit"] == ["optimize"]
    assert "impasto[fast]" in problem["detail"]
    assert "IMPASTO_FAST" in problem["detail"]
    schema = api.client.get("/v1/capabilities").json()["kinds"]["image"]
    assert "oneOf" not in schema["params_schema"]
    assert submit(api, engine="optimize").status_code == 202


@pytest.mark.parametrize(
    ("params", "is_valid"),
    [
        ({}, True),
        ({"engine": "fast"}, True),
        ({"engine": "fast", "preset": "quick", "style_weights": [1]}, True),
        ({"engine": "optimize", "steps": 5}, True),
        ({"engine": "fast", "steps": 5}, False),
        ({"preset": "instant"}, False),
    ],
)
def test_the_schema_is_a_choice_by_engine(
    api: ApiHarness, params: dict[str, Any], is_valid: bool
) -> None:
    capabilities = api.client.get("/v1/capabilities").json()
    schema = capabilities["kinds"]["image"]["params_schema"]
    assert Draft202012Validator(schema).is_valid(params) is is_valid
    assert send(api, a_job(params=params)).is_success is is_valid


def test_an_estimate_judges_the_parameters_of_the_engine(api: ApiHarness) -> None:
    asked = {"width": 800, "height": 600, "params": {"engine": "fast"}}
    assert api.client.post("/v1/estimates", json=asked).status_code == 200
    asked["params"] = {"engine": "fast", "steps": 5}
    problem = api.client.post("/v1/estimates", json=asked).json()
    assert problem["code"] == "not_applicable"
    assert problem["errors"][0]["field"] == "/params/steps"


def test_a_retry_may_take_another_engine(api: ApiHarness) -> None:
    job = submit(api, size="300").json()
    answer = api.client.post(
        f"/v1/jobs/{job['id']}/retry", json={"params": {"engine": "optimize"}}
    )
    assert answer.status_code == 202, answer.json()
    again = answer.json()
    assert (again["params"]["size"], again["params"]["preset"]) == (300, "standard")
    assert "engine" not in again["params"]


def test_reuse_asks_for_the_same_engine(api: ApiHarness) -> None:
    ids = [submit(api).json()["id"], submit(api).json()["id"]]
    jobs = [api.ledger.get(each) for each in ids]
    assert jobs[0].lane == "short"
    assert jobs[0].params == jobs[1].params
