"""Equal jobs share a picture: only within one key, only where the seed was given."""

from typing import Any

import pytest

from app.contract.wire import upload_key
from app.http.callers import ALL_SCOPES, Caller, the_caller
from tests.app.conftest import PICTURE, House, an_outcome
from tests.app.pictures import plain
from tests.app.submissions.sending import a_job, data, send
from tests.ledgers import ScratchLedger

BODY = a_job(params={"seed": 7, "preset": "draft"})


def finish(house: House, job_id: str, *, stopped_early: bool = False) -> str:
    assert house.ledger.claim(job_id, f"worker of {job_id}") == (job_id, 1)
    house.blobs.put(f"results/{job_id}/1.png", PICTURE)
    outcome = an_outcome(job_id, len(PICTURE))
    outcome = outcome.model_copy(update={"stopped_early": stopped_early})
    assert house.ledger.succeed(job_id, 1, outcome)
    return job_id


def finished(house: House, body: Any = BODY) -> str:
    return finish(house, send(house, body).json()["id"])


def test_an_equal_job_is_finished_at_once(house: House) -> None:
    source = finished(house)
    answer = send(
        house, a_job(params={"seed": 7, "preset": "draft"}, metadata={"a": 1})
    )
    assert answer.status_code == 200
    job = answer.json()
    assert job["id"] != source
    assert job["reused_from"] == source
    assert job["status"] == "succeeded"
    assert job["metadata"] == {"a": 1}
    assert (
        job["result"]["sha256"]
        == house.client.get(f"/v1/jobs/{source}").json()["result"]["sha256"]
    )
    assert house.doorbell.rung == [source]
    picture = house.client.get(f"/v1/jobs/{job['id']}/result")
    assert picture.content == PICTURE


def test_defaults_that_are_spelt_out_are_equal(house: House) -> None:
    source = finished(house)
    params = house.client.get(f"/v1/jobs/{source}").json()["params"]
    assert send(house, a_job(params=params)).json()["reused_from"] == source


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
def test_what_differs_is_painted(house: House, body: Any) -> None:
    finished(house)
    answer = send(house, body)
    assert answer.status_code == 202
    assert answer.json()["reused_from"] is None


@pytest.mark.parametrize("value", ["no-cache", "max-age=0, No-Cache", "no-store"])
def test_reuse_can_be_declined(house: House, value: str) -> None:
    finished(house)
    assert send(house, BODY, Cache_Control=value).status_code == 202
    assert send(house, BODY, Cache_Control="max-age=0").status_code == 200


def test_a_picture_that_was_stopped_early_is_nobody_elses(house: House) -> None:
    finish(house, send(house, BODY).json()["id"], stopped_early=True)
    assert send(house, BODY).status_code == 202


def test_unfinished_and_deleted_jobs_are_not_reused(house: House) -> None:
    send(house, BODY)
    assert send(house, BODY).status_code == 202
    house = House()
    job_id = finished(house)
    assert house.client.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert send(house, BODY).status_code == 202


def test_an_expired_picture_is_not_reused() -> None:
    house = House(ledger=ScratchLedger(stands_still=True))
    finished(house)
    house.ledger.clock.pass_time(86_399)
    assert send(house, BODY).status_code == 200
    house.ledger.clock.pass_time(2 * 86_400)
    assert send(house, BODY).status_code == 202


def test_nobody_learns_what_another_key_has_sent(house: House) -> None:
    callers = ["key_1", "key_2"]

    def caller() -> Caller:
        return Caller(owner=callers[0], scopes=ALL_SCOPES)

    house.app.dependency_overrides[the_caller] = caller
    finished(house)
    callers.reverse()
    assert send(house, BODY).status_code == 202
    callers.reverse()
    assert send(house, BODY).status_code == 200


def test_the_inputs_of_a_reused_job_are_there(house: House) -> None:
    source = finished(house)
    sha256 = house.ledger.get(source).inputs["content"].sha256
    house.blobs.delete(upload_key(sha256))
    send(house, BODY)
    assert house.blobs.exists(upload_key(sha256))


def test_validation_says_nothing_of_others(house: House) -> None:
    finished(house)
    answer = send(house, BODY, "/v1/jobs?validate_only=true")
    assert answer.json()["object"] == "validation"
