"""Pause and resume over HTTP, and after the ledger was lost."""

from typing import Any

import pytest

from app.contract.jobs import EarlyEnd
from app.contract.ports import BeatReply
from app.contract.records.wire import early_end_key
from tests.app.archive.lossy_api import janitor_of, lose_everything
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.app.rounds import make_round


def post(api: ApiHarness, job_id: str, verb: str) -> Any:
    return api.client.post(f"/v1/jobs/{job_id}/{verb}")


def look(api: ApiHarness, job_id: str) -> Any:
    return api.client.get(f"/v1/jobs/{job_id}").json()


def assert_paused(job: Any) -> None:
    assert (job["status"], job["queue"]["position"]) == ("queued", None)
    assert job["paused_at"] is not None


def test_a_waiting_job_pauses_and_waits_again(api: ApiHarness) -> None:
    job_id = api.queued()
    assert job_id in look(api, job_id)["urls"]["pause"]
    first, second = post(api, job_id, "pause"), post(api, job_id, "pause")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert_paused(first.json())
    assert_problem(api.client.delete(f"/v1/jobs/{job_id}"), 409, "job_not_finished")
    api.doorbell.rung.clear()
    resumed = post(api, job_id, "resume")
    assert resumed.status_code == 202
    assert (resumed.json()["paused_at"], api.doorbell.rung) == (None, [job_id])
    assert look(api, job_id)["queue"]["position"] == 0
    assert_problem(post(api, job_id, "resume"), 409, "job_not_paused")


def test_a_running_job_pauses_when_its_worker_lets_it_go(api: ApiHarness) -> None:
    job_id = api.running()
    asked = post(api, job_id, "pause").json()
    assert (asked["status"], asked["paused_at"]) == ("starting", None)
    assert api.ledger.beat(job_id, 1, None).reply is BeatReply.PAUSE
    api.ledger.hand_back(job_id, 1)
    assert_paused(look(api, job_id))


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_one_that_has_ended_does_neither(api: ApiHarness, verb: str) -> None:
    assert_problem(post(api, api.succeeded(), verb), 409, "job_finished")


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_pause_outlives_the_ledger_and_a_resume_does_too(
    api: ApiHarness, state: str
) -> None:
    job_id = getattr(api, state)()
    post(api, job_id, "pause")
    lose_everything(api)
    make_round(janitor_of(api))
    assert_paused(look(api, job_id))
    assert api.ledger.claim(job_id, "w") is None
    assert post(api, job_id, "resume").status_code == 202
    assert not api.blobs.exists(early_end_key(job_id, EarlyEnd.PAUSE))
    lose_everything(api)
    make_round(janitor_of(api))
    assert look(api, job_id)["paused_at"] is None
    assert api.ledger.claim(job_id, "w") is not None


def test_paused_ones_are_listed(api: ApiHarness) -> None:
    paused, other = api.queued(), api.queued()
    api.client.post(f"/v1/jobs/{paused}/pause")

    def listed(query: str) -> list[str]:
        answer = api.client.get(f"/v1/jobs?{query}")
        return [each["id"] for each in answer.json()["data"]]

    assert listed("paused=true") == [paused]
    assert listed("paused=false") == [other]
    assert listed("limit=5") == [other, paused]
    third = api.queued()
    api.client.post(f"/v1/jobs/{third}/pause")
    first = api.client.get("/v1/jobs?paused=true&limit=1")
    assert "paused=true" in first.headers["Link"]
