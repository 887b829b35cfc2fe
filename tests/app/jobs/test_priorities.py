"""How soon a job shall be served: who may say it, and that only the order changes."""

import json
from typing import Any

import pytest

from app.contract.jobs import NewJob
from app.contract.keys import Scope
from app.contract.priorities import Priority
from app.contract.records.reuse import fingerprint_of
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.app.submissions.sending import a_job, data, send
from tests.stores.new_jobs import new_job

SENDER = (Scope.JOBS_READ, Scope.JOBS_WRITE)
BATCH = {"contents": [data()], "styles": [data()]}


def test_the_priority_is_kept_and_shown_and_is_no_parameter(api: ApiHarness) -> None:
    assert api.submit().json()["priority"] == "normal"
    assert api.submit(priority="low").json()["priority"] == "low"
    job = send(api, a_job(priority="high")).json()
    assert job["priority"] == "high"
    assert "priority" not in job["params"]
    assert api.client.get(f"/v1/jobs/{job['id']}").json()["priority"] == "high"
    assert send(api, a_job(priority=None)).json()["priority"] == "normal"


@pytest.mark.parametrize(
    "value", ["urgent", "HIGH", "", 1, True, float("nan"), ["high"], {"high": 1}]
)
def test_a_priority_that_is_none_is_refused_by_its_name(
    api: ApiHarness, value: Any
) -> None:
    answer = send(api, json.dumps(a_job(priority=value)))
    body = assert_problem(answer, 422, "invalid_value")
    assert body["errors"][0]["field"] == "/priority"
    assert body["errors"][0]["limit"] == ["low", "normal", "high"]
    if isinstance(value, str) and value:  # an empty field of a form is left out
        assert_problem(api.submit(priority=value), 422, "invalid_value")
    assert api.is_untouched


def test_an_urgent_job_overtakes_those_that_wait(api: ApiHarness) -> None:
    jobs = [
        api.submit(priority=word).json()["id"] for word in ("low", "normal", "high")
    ]
    shown = [api.client.get(f"/v1/jobs/{job_id}").json() for job_id in jobs]
    assert [job["queue"]["position"] for job in shown] == [2, 1, 0]


def test_jobs_of_a_batch_have_its_priority(api: ApiHarness) -> None:
    batch = send(api, {**BATCH, "priority": "low"}, "/v1/batches").json()
    (job,) = batch["jobs"]
    shown = api.client.get(f"/v1/jobs/{job['id']}").json()
    assert shown["priority"] == "low"


def test_a_retry_keeps_the_priority_unless_another_is_said(api: ApiHarness) -> None:
    old = api.submit(priority="low").json()["id"]
    path = f"/v1/jobs/{old}/retry"
    assert api.client.post(path).json()["priority"] == "low"
    assert send(api, {"priority": "high"}, path).json()["priority"] == "high"
    assert send(api, {"priority": None}, path).json()["priority"] == "normal"


def test_high_priority_needs_a_scope_of_its_own_once_keys_are_on(
    api: ApiHarness,
) -> None:
    key = api.key(*SENDER)
    for path, body in (
        ("/v1/jobs", a_job(priority="high")),
        ("/v1/jobs?validate_only=true", a_job(priority="high")),
        ("/v1/batches", {**BATCH, "priority": "high"}),
    ):
        answer = send(api, body, path, **key)
        assert_problem(answer, 403, "forbidden")
        assert 'scope="jobs:high"' in answer.headers["www-authenticate"]
    assert api.is_untouched
    for word in ("low", "normal"):
        assert send(api, a_job(priority=word), **key).status_code == 202


@pytest.mark.parametrize("scopes", [(*SENDER, Scope.JOBS_HIGH), (Scope.ADMIN,)])
def test_a_key_with_the_scope_may_ask_for_high_priority(
    api: ApiHarness, scopes: tuple[Scope, ...]
) -> None:
    answer = send(api, a_job(priority="high"), **api.key(*scopes))
    assert answer.status_code == 202


def test_a_retry_of_an_urgent_job_needs_the_scope_too(api: ApiHarness) -> None:
    key = api.key(*SENDER, Scope.JOBS_HIGH)
    old = send(api, a_job(priority="high"), **key).json()["id"]
    path = f"/v1/jobs/{old}/retry"
    assert send(api, {}, path, **key).status_code == 202
    owner = api.ledger.get(old).owner
    lesser = api.keys.keys[owner].model_copy(update={"scopes": frozenset(SENDER)})
    api.keys.keys[owner] = lesser
    assert_problem(send(api, {}, path, **key), 403, "forbidden")
    assert send(api, {"priority": "normal"}, path, **key).status_code == 202


def test_jobs_that_differ_in_priority_alone_make_the_same_picture() -> None:
    job = new_job()
    urgent = NewJob(**{**job.model_dump(), "priority": Priority.HIGH})
    assert fingerprint_of(job) == fingerprint_of(urgent)


def test_the_same_idempotency_key_with_another_priority_is_another_request(
    api: ApiHarness,
) -> None:
    first = send(api, a_job(), Idempotency_Key="a")
    assert first.status_code == 202
    other = send(api, a_job(priority="low"), Idempotency_Key="a")
    assert_problem(other, 422, "idempotency_key_reused")


def test_the_service_tells_which_priorities_there_are(api: ApiHarness) -> None:
    told = api.client.get("/v1/capabilities").json()
    assert told["priorities"] == ["low", "normal", "high"]
    assert "jobs:high" in told["scopes"]
