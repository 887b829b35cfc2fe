"""Finishing a job early and deleting one that has ended."""

from typing import Any

import pytest

from tests.app.conftest import House


def assert_problem(answer: Any, status: int, code: str) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code
    return answer.json()


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_job_is_asked_to_keep_its_picture(house: House, state: str) -> None:
    url = f"/v1/jobs/{getattr(house, state)()}/finish"
    first, second = house.client.post(url), house.client.post(url)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["finish_requested_at"].endswith("Z")
    assert first.json() == second.json(), "asking again changes nothing"
    assert first.headers["etag"] == f'W/"{first.json()["revision"]}"'
    assert "retry-after" in first.headers


@pytest.mark.parametrize("state", ["succeeded", "failed", "canceled"])
def test_an_ended_job_cannot_be_finished(house: House, state: str) -> None:
    answer = house.client.post(f"/v1/jobs/{getattr(house, state)()}/finish")
    assert_problem(answer, 409, "job_finished")


def test_a_job_that_was_told_to_stop_keeps_no_picture(house: House) -> None:
    job_id = house.running()
    assert house.client.post(f"/v1/jobs/{job_id}/cancel").status_code == 202
    answer = house.client.post(f"/v1/jobs/{job_id}/finish")
    assert_problem(answer, 409, "job_finished")


@pytest.mark.parametrize("state", ["succeeded", "failed", "canceled"])
def test_a_deleted_job_is_forgotten(house: House, state: str) -> None:
    url = f"/v1/jobs/{getattr(house, state)()}"
    answer = house.client.delete(url)
    assert (answer.status_code, answer.content) == (204, b"")
    assert_problem(house.client.get(url), 404, "job_not_found")
    assert_problem(house.client.delete(url), 404, "job_not_found")
    assert house.client.get("/v1/jobs").json()["data"] == []


@pytest.mark.parametrize("state", ["queued", "running"])
def test_an_unfinished_job_is_not_deleted(house: House, state: str) -> None:
    url = f"/v1/jobs/{getattr(house, state)()}"
    body = assert_problem(house.client.delete(url), 409, "job_not_finished")
    assert body["job_id"] in url
    assert house.client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("method", "tail"), [("POST", "/cancel"), ("POST", "/finish"), ("DELETE", "")]
)
def test_another_keys_job_is_not_there(house: House, method: str, tail: str) -> None:
    job_id = house.canceled()
    house.ledger.give_away(job_id, "key_1")
    answer = house.client.request(method, f"/v1/jobs/{job_id}{tail}")
    assert_problem(answer, 404, "job_not_found")
    assert house.ledger.get(job_id).owner == "key_1"
