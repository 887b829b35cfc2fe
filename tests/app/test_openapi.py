from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from app.contract.examples import EXAMPLES as GENERAL
from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import Network
from app.contract.painting.limits import MAX_STYLES
from app.problems import PROBLEMS, ProblemCode
from app.settings import ApiSettings
from app.submissions.fields import KIND, TERMS
from app.submissions.offers import Offer
from app.submissions.parameters import read_parameters
from tests.app.conftest import ApiHarness

EXAMPLES = {**GENERAL, **KINDS.default.views.examples}
DOCUMENT: dict[str, Any] = ApiHarness().client.get("/openapi.json").json()
OFFER = Offer(KINDS.default, tuple(Network))
OPERATIONS = {
    operation["operationId"]: operation
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
}
#: Of a service that offers pictures alone: no choice of forms.
PICTURES = ApiHarness(kinds=Kinds((IMAGE,))).client.get("/openapi.json").json()
FORM = PICTURES["paths"]["/v1/jobs"]["post"]["requestBody"]["content"][
    "multipart/form-data"
]


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    if isinstance(node, list):
        return set().union(*map(references, node))
    return set()


def test_operations_have_stable_names() -> None:
    assert set(OPERATIONS) >= {
        "submit_job",
        "submit_batch",
        "get_batch",
        "cancel_batch",
        "get_batch_sheet",
        "retry_job",
        "list_jobs",
        "list_styles",
        "create_style",
        "get_style",
        "get_style_image",
        "delete_style",
        "get_job",
        "follow_job",
        "get_result",
        "get_preview",
        "list_previews",
        "get_losses",
        "get_input",
        "cancel_job",
        "list_deliveries",
        "redeliver",
        "finish_job",
        "delete_job",
        "get_health",
        "get_readiness",
        "get_problem",
        "create_upload",
        "get_upload",
        "append_to_upload",
        "delete_upload",
        "get_upload_limit",
        "estimate_job",
        "get_capabilities",
        "list_presets",
        "list_datasets",
        "get_queue",
        "list_workers",
        "get_metrics",
    }


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for reference in references(DOCUMENT):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_nothing_of_the_frameworks_own_errors_is_promised() -> None:
    assert "ValidationError" not in str(DOCUMENT)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_a_problem_of_the_table(name: str) -> None:
    for status, response in OPERATIONS[name]["responses"].items():
        if int(status) < 400:
            continue
        content = response["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        for code, example in content["examples"].items():
            assert PROBLEMS[ProblemCode(code)].status == int(status)
            assert example["value"]["code"] == code


def codes_of(name: str) -> set[str]:
    responses = OPERATIONS[name]["responses"].values()
    contents = [
        r.get("content", {}).get("application/problem+json", {}) for r in responses
    ]
    return {code for content in contents for code in content.get("examples", {})}


def test_what_an_operation_answers_is_declared() -> None:
    assert {"200", "202"} <= set(OPERATIONS["submit_job"]["responses"])
    assert {"200", "304"} <= set(OPERATIONS["get_result"]["responses"])
    assert {"200", "304"} <= set(OPERATIONS["get_job"]["responses"])
    assert {"200", "202"} <= set(OPERATIONS["cancel_job"]["responses"])
    assert {"job_failed", "job_canceled", "not_acceptable"} <= codes_of("get_result")
    assert "job_finished" in codes_of("cancel_job")
    everywhere = {ProblemCode.NOT_FOUND, ProblemCode.METHOD_NOT_ALLOWED}
    declared = set().union(*map(codes_of, OPERATIONS))
    assert not (declared | everywhere) - set(ProblemCode)


def test_the_form_has_every_parameter_with_its_bounds() -> None:
    schema = FORM["schema"]
    parameters = StyleTransferParameters.model_json_schema()["properties"]
    files = {"content", "style", "mask", "style_mask", "init", "keep_mask"}
    files |= {f"{name}_upload" for name in files}
    others = {KIND, "style_id", "style_weight", *TERMS}
    assert set(schema["properties"]) == {*files, *others, *parameters}
    content, style = (
        [name for each in choice["anyOf"] for name in each["required"]]
        for choice in schema["allOf"]
    )
    assert content == ["content", "content_upload"]
    assert style == ["style", "style_upload", "style_id"]
    assert schema["properties"]["size"]["maximum"] == parameters["size"]["maximum"]
    for name in parameters:
        assert schema["properties"][name]["description"]
    assert schema["properties"]["style"]["maxItems"] == MAX_STYLES


def test_every_example_of_a_json_text_is_accepted() -> None:
    for name, schema in FORM["schema"]["properties"].items():
        if schema.get("contentMediaType") == "application/json" and name not in TERMS:
            (example,) = schema["examples"]
            params = read_parameters({name: example}, offer=OFFER)
            assert getattr(params, name) is not None


def test_the_job_is_described_in_full(api: ApiHarness) -> None:
    schema = DOCUMENT["components"]["schemas"]["JobView"]
    assert set(schema["properties"]) == set(api.submit().json())
    urls = DOCUMENT["components"]["schemas"]["UrlsView"]["properties"]
    assert {"self", "events", "result", "cancel"} < set(urls)


def schemas_of(content: Any) -> list[Any]:
    return [each["schema"] for each in content.values() if "schema" in each]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_is_and_what_it_answers(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    good = {s: r for s, r in operation["responses"].items() if s.startswith("2")}
    assert good
    for status, response in good.items():
        assert response["description"]
        assert status == "204" or schemas_of(response["content"])
    for parameter in operation.get("parameters", ()):
        assert parameter["description"], parameter["name"]


def test_problems_stand_in_an_order_that_no_process_chooses() -> None:
    for operation in OPERATIONS.values():
        for response in operation["responses"].values():
            content = response.get("content", {}).get("application/problem+json", {})
            codes = list(content.get("examples", ()))
            assert codes == sorted(codes)


def test_every_tag_is_described() -> None:
    assert all(tag["description"] for tag in DOCUMENT["tags"])


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_every_field_that_is_answered_is_described(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    for field, inner in schema.get("properties", {}).items():
        # A type of its own has a description of its own; so has a constant.
        is_told = "description" in inner or references(inner) or "const" in inner
        assert is_told or "examples" in inner, field


#: Met before any operation is found.
EVERYWHERE = {"method_not_allowed", "head_too_large"}


def test_every_problem_is_declared_by_some_operation() -> None:
    declared = set().union(*map(codes_of, OPERATIONS))
    assert {*map(str, ProblemCode)} - declared == EVERYWHERE


def test_the_document_says_whose_it_is() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    assert DOCUMENT["servers"] == [{"url": "/", "description": "This service."}]
    assert "**Versions.**" in DOCUMENT["info"]["description"]
    settings = ApiSettings(public_url="https://paint.example.org/api")
    document = ApiHarness(settings=settings).client.get("/openapi.json").json()
    assert document["servers"][0]["url"] == "https://paint.example.org/api"


def test_every_example_is_as_its_schema_says() -> None:
    components = DOCUMENT["components"]
    count = 0
    for name, schema in components["schemas"].items():
        for example in schema.get("examples", ()):
            wrapped = {"$ref": f"#/components/schemas/{name}", "components": components}
            Draft202012Validator(wrapped).validate(example)
            count += 1
    assert count == len(EXAMPLES)


def test_what_creates_a_resource_links_to_what_takes_its_id() -> None:
    links = OPERATIONS["submit_job"]["responses"]["202"]["links"]
    assert links["get_job"] == {
        "operationId": "get_job",
        "parameters": {"job_id": "$response.body#/id"},
    }
    assert set(links) <= set(OPERATIONS)
    styles = OPERATIONS["create_style"]["responses"]["201"]["links"]
    assert styles["delete_style"]["parameters"] == {"style_id": "$response.body#/id"}


def test_headers_that_openapi_ignores_are_not_declared() -> None:
    declared = {
        parameter["name"].lower()
        for operation in OPERATIONS.values()
        for parameter in operation.get("parameters", ())
    }
    assert "if-none-match" in declared
    assert not declared & {"accept", "authorization", "content-type"}


def test_files_say_of_which_types_they_may_be() -> None:
    assert FORM["encoding"]["content"]["contentType"] == (
        "image/jpeg, image/png, image/webp, image/heic, image/heif, image/avif"
    )
    assert "steps" not in FORM["encoding"]
