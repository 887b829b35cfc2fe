"""Finishing a job early and deleting one that has ended."""

from typing import Any

import pytest

from tests.app.conftest import ApiHarness


def assert_problem(answer: Any, status: int, code: str) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code
    return answer.json()


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_job_is_asked_to_keep_its_picture(api: ApiHarness, state: str) -> None:
    url = f"/v1/jobs/{getattr(api, state)()}/finish"
    first, second = api.client.post(url), api.client.post(url)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["finish_requested_at"].endswith("Z")
    assert first.json() == second.json(), "asking again changes nothing"
    assert first.headers["etag"] == f'W/"{first.json()["revision"]}"'
    assert "retry-after" in first.headers


@pytest.mark.parametrize("state", ["succeeded", "failed", "canceled"])
def test_an_ended_job_cannot_be_finished(api: ApiHarness, state: str) -> None:
    answer = api.client.post(f"/v1/jobs/{getattr(api, state)()}/finish")
    assert_problem(answer, 409, "job_finished")


def test_a_job_that_was_told_to_stop_keeps_no_picture(api: ApiHarness) -> None:
    job_id = api.running()
    assert api.client.post(f"/v1/jobs/{job_id}/cancel").status_code == 202
    answer = api.client.post(f"/v1/jobs/{job_id}/finish")
    assert_problem(answer, 409, "job_finished")


@pytest.mark.parametrize("state", ["succeeded", "failed", "canceled"])
def test_a_deleted_job_is_forgotten(api: ApiHarness, state: str) -> None:
    url = f"/v1/jobs/{getattr(api, state)()}"
    answer = api.client.delete(url)
    assert (answer.status_code, answer.content) == (204, b"")
    assert_problem(api.client.get(url), 404, "job_not_found")
    assert_problem(api.client.delete(url), 404, "job_not_found")
    assert api.client.get("/v1/jobs").json()["data"] == []


@pytest.mark.parametrize("state", ["queued", "running"])
def test_an_unfinished_job_is_not_deleted(api: ApiHarness, state: str) -> None:
    url = f"/v1/jobs/{getattr(api, state)()}"
    body = assert_problem(api.client.delete(url), 409, "job_not_finished")
    assert body["job_id"] in url
    assert api.client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("method", "tail"), [("POST", "/cancel"), ("POST", "/finish"), ("DELETE", "")]
)
def test_another_keys_job_is_not_there(api: ApiHarness, method: str, tail: str) -> None:
    job_id = api.canceled()
    api.ledger.give_away(job_id, "key_1")
    answer = api.client.request(method, f"/v1/jobs/{job_id}{tail}")
    assert_problem(answer, 404, "job_not_found")
    assert api.ledger.get(job_id).owner == "key_1"
