"""Equal jobs share a picture: only within one key, only where the seed was given."""

from typing import Any

import pytest

from app.contract.records.wire import upload_key
from app.http.access.callers import ALL_SCOPES, Caller, the_caller
from tests.app.conftest import PICTURE, ApiHarness, an_outcome
from tests.app.pictures import plain
from tests.app.submissions.sending import a_job, data, send
from tests.ledgers import ScratchLedger

BODY = a_job(params={"seed": 7, "preset": "draft"})


def finish(api: ApiHarness, job_id: str, *, stopped_early: bool = False) -> str:
    assert api.ledger.claim(job_id, f"worker of {job_id}") == (job_id, 1)
    api.blobs.put(f"results/{job_id}/1.png", PICTURE)
    outcome = an_outcome(job_id, len(PICTURE))
    outcome = outcome.model_copy(update={"stopped_early": stopped_early})
    assert api.ledger.succeed(job_id, 1, outcome)
    return job_id


def finished(api: ApiHarness, body: Any = BODY) -> str:
    return finish(api, send(api, body).json()["id"])


def test_an_equal_job_is_finished_at_once(api: ApiHarness) -> None:
    source = finished(api)
    answer = send(api, a_job(params={"seed": 7, "preset": "draft"}, metadata={"a": 1}))
    assert answer.status_code == 200
    job = answer.json()
    assert job["id"] != source
    assert job["reused_from"] == source
    assert job["status"] == "succeeded"
    assert job["metadata"] == {"a": 1}
    assert (
        job["result"]["sha256"]
        == api.client.get(f"/v1/jobs/{source}").json()["result"]["sha256"]
    )
    assert api.doorbell.rung == [source]
    picture = api.client.get(f"/v1/jobs/{job['id']}/result")
    assert picture.content == PICTURE


def test_defaults_that_are_spelt_out_are_equal(api: ApiHarness) -> None:
    source = finished(api)
    params = api.client.get(f"/v1/jobs/{source}").json()["params"]
    assert send(api, a_job(params=params)).json()["reused_from"] == source


@pytest.mark.parametrize(
    "body",
    [
        a_job(params={"seed": 8, "preset": "draft"}),
        a_job(params={"seed": 7}),
        a_job(params={"preset": "draft"}),
        a_job(content=data(plain(color=(1, 2, 3))), params=BODY["params"]),
        a_job(styles=[data(), data()], params=BODY["params"]),
        a_job(masks=[data(plain(mode="L", color=255))], params=BODY["params"]),
    ],
)
def test_what_differs_is_painted(api: ApiHarness, body: Any) -> None:
    finished(api)
    answer = send(api, body)
    assert answer.status_code == 202
    assert answer.json()["reused_from"] is None


@pytest.mark.parametrize("value", ["no-cache", "max-age=0, No-Cache", "no-store"])
def test_reuse_can_be_declined(api: ApiHarness, value: str) -> None:
    finished(api)
    assert send(api, BODY, Cache_Control=value).status_code == 202
    assert send(api, BODY, Cache_Control="max-age=0").status_code == 200


def test_a_picture_that_was_stopped_early_is_nobody_elses(api: ApiHarness) -> None:
    finish(api, send(api, BODY).json()["id"], stopped_early=True)
    assert send(api, BODY).status_code == 202


def test_unfinished_and_deleted_jobs_are_not_reused(api: ApiHarness) -> None:
    send(api, BODY)
    assert send(api, BODY).status_code == 202
    api = ApiHarness()
    job_id = finished(api)
    assert api.client.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert send(api, BODY).status_code == 202


def test_an_expired_picture_is_not_reused() -> None:
    api = ApiHarness(ledger=ScratchLedger(stands_still=True))
    finished(api)
    api.ledger.clock.pass_time(86_399)
    assert send(api, BODY).status_code == 200
    api.ledger.clock.pass_time(2 * 86_400)
    assert send(api, BODY).status_code == 202


def test_nobody_learns_what_another_key_has_sent(api: ApiHarness) -> None:
    callers = ["key_1", "key_2"]

    def caller() -> Caller:
        return Caller(owner=callers[0], scopes=ALL_SCOPES)

    api.app.dependency_overrides[the_caller] = caller
    finished(api)
    callers.reverse()
    assert send(api, BODY).status_code == 202
    callers.reverse()
    assert send(api, BODY).status_code == 200


def test_the_inputs_of_a_reused_job_are_there(api: ApiHarness) -> None:
    source = finished(api)
    sha256 = api.ledger.get(source).inputs["content"].sha256
    api.blobs.delete(upload_key(sha256))
    send(api, BODY)
    assert api.blobs.exists(upload_key(sha256))


def test_validation_says_nothing_of_others(api: ApiHarness) -> None:
    finished(api)
    answer = send(api, BODY, "/v1/jobs?validate_only=true")
    assert answer.json()["object"] == "validation"
