"""What is told of a path that is nearly right."""

import pytest

from tests.app.conftest import ApiHarness

HINT = "Without the slash at its end: "
API = ApiHarness()


@pytest.mark.parametrize(
    ("method", "path", "bare"),
    [
        ("POST", "/v1/jobs/", "/v1/jobs"),
        ("GET", "/v1/jobs/", "/v1/jobs"),
        ("POST", "/v1/jobs//", "/v1/jobs"),
        ("POST", "/v1/batches/?validate_only=true", "/v1/batches"),
        ("GET", "/v1/jobs/job_1/", "/v1/jobs/job_1"),
        ("GET", "/v1/jobs/job_1/result/", "/v1/jobs/job_1/result"),
        ("GET", "/v1/jobs/%C3%A4%22/", "/v1/jobs/%C3%A4%22"),
        ("POST", "/v1/jobs/job_1/cancel/", "/v1/jobs/job_1/cancel"),
        ("DELETE", "/v1/styles/sea/", "/v1/styles/sea"),
        ("GET", "/v1/capabilities/", "/v1/capabilities"),
        ("GET", "/healthz/", "/healthz"),
        ("PUT", "/docs/", "/docs"),
    ],
)
def test_slash_too_many_is_told(method: str, path: str, bare: str) -> None:
    answer = API.client.request(method, path)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (404, "not_found")
    assert problem["detail"].endswith(f" {HINT}{bare}")
    # Whoever follows the hint finds something, or is told that there is none such.
    assert API.client.request(method, bare).json().get("code") != "not_found"


@pytest.mark.parametrize("path", ["/v1/job/", "/nothing/", "/v1/", "/v1/job"])
def test_no_hint_leads_nowhere(path: str) -> None:
    answer = API.client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["detail"] == "No resource has this path."
