from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import STEPS_OF_PRESET
from app.problems import PROBLEMS
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness


def capabilities(api: ApiHarness) -> Any:
    return api.client.get("/v1/capabilities").json()


@pytest.mark.parametrize("path", ["/v1/capabilities", "/v1/presets"])
def test_any_cache_may_keep_it_and_ask_whether_it_is_still_right(
    api: ApiHarness, path: str
) -> None:
    first = api.client.get(path)
    assert first.status_code == 200
    assert first.headers["cache-control"].startswith("public, max-age=")
    headers = {"If-None-Match": first.headers["etag"]}
    again = api.client.get(path, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_limits_are_those_that_the_operator_set() -> None:
    settings = ApiSettings(max_image_bytes=1234, queue_limit=7, active_limit=3)
    api = ApiHarness(settings=settings)
    limits = capabilities(api)["limits"]
    assert limits["max_image_bytes"] == 1234
    assert limits["queue_limit"] == 7
    assert limits["max_active_jobs"] == 3
    assert limits["ttl_seconds"] == {"min": 3600, "max": 604800, "default": 86400}
    etags = {
        each.client.get("/v1/capabilities").headers["etag"]
        for each in (api, ApiHarness())
    }
    assert len(etags) == 2


def test_a_form_can_be_built_from_the_schema(api: ApiHarness) -> None:
    body = capabilities(api)
    schema = body["params_schema"]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    fields = StyleTransferParameters.model_fields
    assert set(schema["properties"]) == set(fields)
    for name, field in schema["properties"].items():
        assert field["description"], name
        assert "default" in field, name
    assert schema["properties"]["steps"]["anyOf"][0]["maximum"] == 2000
    assert body["limits"]["max_steps"] == 2000


@pytest.mark.parametrize(
    ("params", "is_valid"),
    [
        ({}, True),
        ({"preset": "draft", "steps": 7, "style_layers": {"relu1_1": 1}}, True),
        ({"steps": 0}, False),
        ({"preset": "best"}, False),
        ({"stepz": 1}, False),
        ({"network": "vgg16"}, False),
        ({"style_layers": {"relu9_9": 1}}, False),
        ({"style_layers": {}}, False),
        ({"style_layers": {"relu1_1": 0, "relu2_1": 0.0}}, False),
        ({"style_layers": {"relu1_1": 0, "relu2_1": 0.5}}, True),
        ({"style_weights": []}, False),
        ({"style_weights": [2]}, True),
        ({"rungs": []}, False),
        ({"rungs": [[128, 2], [512]]}, False),
        ({"rungs": [[128, 2], [512, 1]]}, True),
    ],
)
def test_the_schema_refuses_what_the_service_refuses(
    api: ApiHarness, params: dict[str, Any], is_valid: bool
) -> None:
    validator = Draft202012Validator(capabilities(api)["params_schema"])
    assert validator.is_valid(params) is is_valid
    body = {"width": 100, "height": 100, "params": params}
    answer = api.client.post("/v1/estimates", json=body)
    assert (answer.status_code == 200) is is_valid


def test_only_networks_that_are_offered_are_named() -> None:
    assert capabilities(ApiHarness())["networks"] == ["vgg19"]
    both = ApiSettings(networks=("vgg19", "vgg16"))  # type: ignore[arg-type]
    body = capabilities(ApiHarness(settings=both))
    assert body["params_schema"]["$defs"]["Network"]["enum"] == ["vgg19", "vgg16"]
    assert "relu5_4" in body["layers"]["vgg19"]
    assert "relu5_4" not in body["layers"]["vgg16"]


def test_words_are_those_of_the_tables(api: ApiHarness) -> None:
    body = capabilities(api)
    assert body["problem_codes"] == [*PROBLEMS]
    assert body["events"] == ["status", "progress", "preview", "control", "done"]
    assert "out_of_memory" in body["failure_codes"]
    words = ["admin", "jobs:high", "jobs:read", "jobs:write", "styles:write"]
    assert body["scopes"] == words
    pictures = ["image/jpeg", "image/png", "image/webp"]
    newer = ["image/heic", "image/heif", "image/avif"]
    assert body["formats"]["input"] == [*pictures, *newer]
    made = ["image/png", "image/jpeg", "image/webp", "image/avif"]
    assert body["formats"]["output"] == made
    limits = body["limits"]["max_image_pixels_by_type"]
    assert list(limits) == body["formats"]["input"]
    assert (limits["image/heic"], limits["image/png"]) == (64_000_000, 40_000_000)
    assert body["url_inputs"] is False


def test_presets_are_told_from_quick_to_slow(api: ApiHarness) -> None:
    presets = api.client.get("/v1/presets").json()["data"]
    assert {each["name"]: each["steps"] for each in presets} == STEPS_OF_PRESET
    assert [each["name"] for each in presets if each["is_default"]] == ["standard"]
    assert capabilities(api)["presets"] == presets


def test_a_kind_tells_which_files_it_is_made_from(api: ApiHarness) -> None:
    kinds = capabilities(api)["kinds"]
    content, style = kinds["video"]["slots"]
    assert (content["name"], content["plural"]) == ("content", None)
    assert content["least"] == content["most"] == 1
    assert ".mp4" in content["endings"]
    assert "video/mp4" in content["media_types"]
    assert (style["plural"], style["library_field"]) == ("styles", "style_id")
    assert ".jpg" in style["endings"]
    # What a style brings along is no file that anybody sends.
    assert "pack" not in [slot["name"] for slot in kinds["image"]["slots"]]


def test_each_kind_tells_what_may_change_while_it_runs(api: ApiHarness) -> None:
    told = capabilities(api)["kinds"]
    schema = told["image"]["controls_schema"]
    assert {"style_strength", "style_weights", "mask/3"} <= schema["properties"].keys()
    assert "size" not in schema["properties"]
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"style_weights": [1, 2], "mask/0": None})
    assert not validator.is_valid({"style_strength": 2})
    assert "learning_rate" in told["training"]["controls_schema"]["properties"]
