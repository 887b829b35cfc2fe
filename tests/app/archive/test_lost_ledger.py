"""An accepted job survives the loss of everything that Redis knows."""

import logging
from typing import Any

import pytest

from app.contract.batches import Batch
from app.contract.jobs import NewJob
from app.contract.ports import LedgerUnavailableError, StorageUnavailableError
from app.contract.records.archives import JobRecord, read_archive
from app.contract.records.wire import end_key, job_record_key
from app.stores.ledger import LedgerRules
from tests.app.archive.lossy_api import (
    files_of,
    janitor_of,
    lose_everything,
    maintenance_of,
)
from tests.app.conftest import PICTURE, ApiHarness, an_outcome
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import corner_marked, encode
from tests.app.rounds import make_round
from tests.app.submissions.sending import a_job, data, send
from tests.fakes import MemoryBlobStore
from tests.ledgers import ScratchLedger


def look(api: ApiHarness, job_id: str) -> Any:
    answer = api.client.get(f"/v1/jobs/{job_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def paint(api: ApiHarness, job_id: str) -> None:
    """Let a worker have the job, whatever its number is."""
    claim = api.ledger.claim(job_id, f"worker of {job_id}")
    assert claim is not None
    assert claim.job_id == job_id
    outcome = an_outcome(job_id, len(PICTURE))
    api.blobs.put(outcome.result.blob_key, PICTURE)
    assert api.ledger.succeed(*claim, outcome)


def test_an_accepted_job_is_kept_whole_before_it_is_answered(api: ApiHarness) -> None:
    answer = api.submit(seed=7, ttl_seconds=7200)
    kept = read_archive(JobRecord, api.blobs.get(job_record_key(answer.json()["id"])))
    record = api.ledger.get(answer.json()["id"])
    assert kept.job.model_dump() == record.model_dump(
        include=set(type(kept.job).model_fields)
    )


def test_what_was_accepted_is_painted_after_everything_was_lost(
    api: ApiHarness,
) -> None:
    jobs = [api.queued() for _ in range(3)]
    before = [look(api, job_id) for job_id in jobs]
    lose_everything(api)
    make_round(janitor_of(api))
    assert set(api.doorbell.rung) == set(jobs)
    for job_id, record in zip(jobs, before, strict=True):
        back = look(api, job_id)
        assert back["queue"] == record["queue"]
        assert (back["params"], back["input"]) == (record["params"], record["input"])
    paint(api, jobs[0])
    assert api.client.get(f"/v1/jobs/{jobs[0]}/result").content == PICTURE


def test_what_had_ended_has_ended_still(api: ApiHarness) -> None:
    jobs = [api.succeeded(), api.failed(), api.canceled()]
    janitor = janitor_of(api)
    make_round(janitor)
    before = [look(api, job_id) for job_id in jobs]
    lose_everything(api)
    make_round(janitor)
    assert [look(api, job_id) for job_id in jobs] == before
    assert api.doorbell.rung == []
    assert api.client.get(f"/v1/jobs/{jobs[0]}/result").content == PICTURE
    listed = api.client.get("/v1/jobs").json()["data"]
    assert [each["id"] for each in listed] == jobs[::-1]


def test_no_job_is_called_unknown_while_jobs_are_restored(api: ApiHarness) -> None:
    job_id = api.queued()
    lose_everything(api)
    for path in (f"/v1/jobs/{job_id}", "/v1/jobs", f"/v1/batches/bat_{'0' * 32}"):
        answer = api.client.get(path)
        assert_problem(answer, 503, "broker_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert "restored" in answer.json()["detail"]
    ready = api.client.get("/readyz")
    assert ready.json()["checks"]["redis"] == "jobs are being restored"
    make_round(janitor_of(api))
    assert api.client.get(f"/v1/jobs/{job_id}").status_code == 200
    unknown = api.client.get(f"/v1/jobs/job_{'0' * 32}")
    assert_problem(unknown, 404, "job_not_found")


def test_a_repeated_request_is_answered_with_the_same_job(api: ApiHarness) -> None:
    body, key = a_job(params={"seed": 7}), {"Idempotency_Key": "k"}
    job_id = send(api, body, **key).json()["id"]
    lose_everything(api)
    early = send(api, body, **key)
    assert_problem(early, 503, "broker_unavailable")
    make_round(janitor_of(api))
    again = send(api, body, **key)
    assert (again.status_code, again.json()["id"]) == (202, job_id)
    assert again.headers["idempotent-replayed"] == "true"
    other = send(api, a_job(params={"seed": 8}), **key)
    assert_problem(other, 422, "idempotency_key_reused")
    assert len(files_of(api)) == 1


def test_a_batch_is_back_with_its_key_and_its_order(api: ApiHarness) -> None:
    body = {"contents": [data()] * 3, "styles": [data()]}
    first = send(api, body, "/v1/batches", Idempotency_Key="b").json()
    lose_everything(api)
    make_round(janitor_of(api))
    back = api.client.get(f"/v1/batches/{first['id']}").json()
    assert [job["id"] for job in back["jobs"]] == [job["id"] for job in first["jobs"]]
    positions = [api.ledger.get(job["id"]).queue_position for job in back["jobs"]]
    assert positions == [0, 1, 2]
    again = send(api, body, "/v1/batches", Idempotency_Key="b")
    assert again.json()["id"] == first["id"]
    assert api.ledger.queue_depth() == 3


def test_a_batch_that_was_kept_in_part_is_none(api: ApiHarness) -> None:
    """A crash came before the last file: nobody was answered."""
    batch = send(api, {"contents": [data()] * 2, "styles": [data()]}, "/v1/batches")
    api.blobs.delete(f"batches/{batch.json()['id']}.json")
    lose_everything(api)
    make_round(janitor_of(api))
    assert api.ledger.queue_depth() == 0


def test_retried_and_reused_jobs_are_kept_too(api: ApiHarness) -> None:
    first = api.submit(seed=7).json()["id"]
    paint(api, first)
    retried = api.client.post(f"/v1/jobs/{first}/retry").json()["id"]
    reused = api.submit(seed=7)
    assert reused.json()["reused_from"] == first
    assert end_key(reused.json()["id"]) in files_of(api), "at once"
    janitor = janitor_of(api)
    make_round(janitor)
    lose_everything(api)
    make_round(janitor)
    assert look(api, retried)["retry_of"] == first
    assert look(api, reused.json()["id"]) == reused.json()
    assert api.submit(seed=7).json()["reused_from"] == first


def test_an_attempt_of_before_the_loss_makes_no_second_end(api: ApiHarness) -> None:
    job_id = api.running()
    lose_everything(api)
    make_round(janitor_of(api))
    new = api.ledger.claim(job_id, "another worker")
    assert new is not None
    outcome = an_outcome(job_id, 1)
    assert not api.ledger.succeed(job_id, 1, outcome)
    assert api.ledger.succeed(*new, outcome)
    assert api.ledger.counters()["ended:succeeded"] == 1
    assert look(api, job_id)["attempt"] == 1


def test_a_canceled_job_stays_canceled(api: ApiHarness) -> None:
    job_id = api.queued()
    assert api.client.post(f"/v1/jobs/{job_id}/cancel").status_code == 200
    assert end_key(job_id) in files_of(api), "before the answer"
    lose_everything(api)
    make_round(janitor_of(api))
    assert look(api, job_id)["status"] == "canceled"


def test_a_canceled_batch_stays_canceled(api: ApiHarness) -> None:
    body = {"contents": [data()] * 2, "styles": [data()]}
    url = send(api, body, "/v1/batches").headers["location"]
    assert api.client.post(f"{url}/cancel").status_code == 200
    lose_everything(api)
    make_round(janitor_of(api))
    assert api.client.get(url).json()["status"] == "canceled"


def test_a_deleted_job_stays_deleted(api: ApiHarness) -> None:
    job_id, janitor = api.succeeded(), janitor_of(api)
    make_round(janitor)
    assert api.client.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert files_of(api) == set()
    lose_everything(api)
    make_round(janitor)
    assert api.client.get(f"/v1/jobs/{job_id}").status_code == 404


def test_a_crash_while_a_job_is_deleted_does_not_paint_it_again(
    api: ApiHarness,
) -> None:
    """The order is deleted first, so an end without an order is what may be left."""
    job_id, janitor = api.succeeded(), janitor_of(api)
    make_round(janitor)
    left: list[str] = []

    def break_off(job_id: str) -> None:
        left.extend(files_of(api))
        raise LedgerUnavailableError

    api.ledger.delete = break_off
    assert api.client.delete(f"/v1/jobs/{job_id}").status_code == 503
    assert left == [end_key(job_id)]
    lose_everything(api)
    make_round(janitor)
    assert api.ledger.queue_depth() == 0
    assert api.client.get(f"/v1/jobs/{job_id}").status_code == 404


def test_an_end_that_was_not_kept_lets_the_job_be_painted_again(
    api: ApiHarness,
) -> None:
    """What may be computed twice is not lost."""
    job_id = api.succeeded()
    lose_everything(api)
    make_round(janitor_of(api))
    assert look(api, job_id)["status"] == "queued"


def test_files_that_are_not_ours_are_told_once_and_left_alone(
    api: ApiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    good, damaged, newer, swapped = (api.queued() for _ in range(4))
    api.blobs.put(job_record_key(damaged), b"{")
    content = api.blobs.get(job_record_key(newer))
    assert b'"version":2' in content
    api.blobs.put(
        job_record_key(newer), content.replace(b'"version":2', b'"version":3')
    )
    api.blobs.put(job_record_key(swapped), api.blobs.get(job_record_key(good)))
    for foreign in ("jobs/readme.txt", "jobs/job_x/job.json", f"jobs/{good}/more/a"):
        api.blobs.put(foreign, b"?")
    before = files_of(api)
    janitor, collector = maintenance_of(api)
    for _ in range(2):
        lose_everything(api)
        with caplog.at_level(logging.ERROR):
            make_round(janitor)
    collector.collect()
    assert api.doorbell.rung == [good]
    assert api.ledger.queue_depth() == 1
    for job_id in (damaged, newer):
        assert caplog.text.count(job_record_key(job_id)) == 1
    assert files_of(api) == before


class FullFor(MemoryBlobStore):
    """Has no room for keys with this text."""

    text = "job.json"

    def put(self, key: str, content: bytes) -> None:
        if self.text in key:
            raise StorageUnavailableError("disk full")
        super().put(key, content)


def test_a_job_record_that_cannot_be_kept_is_refused_and_leaves_nothing() -> None:
    api = ApiHarness(blobs=FullFor())
    assert_problem(api.submit(), 503, "storage_unavailable")
    assert api.is_untouched
    batch = {"contents": [data()] * 2, "styles": [data()]}
    api.blobs.text = "batches/"
    answer = send(api, batch, "/v1/batches")
    assert_problem(answer, 503, "storage_unavailable")
    assert api.is_untouched


def test_a_refused_order_leaves_nothing_and_does_not_come_back() -> None:
    """That the queue is full is found only when the ledger is told."""
    api = ApiHarness(ledger=ScratchLedger(LedgerRules(queue_limit=1)))
    api.queued()
    kept = set(api.blobs.blobs)
    answer = api.submit(content=encode(corner_marked()))
    assert_problem(answer, 503, "queue_full")
    assert set(api.blobs.blobs) == kept


def test_a_job_whose_record_is_in_doubt_is_not_kept() -> None:
    """The answer was no promise; and what the ledger may need stays."""

    class Vanishing(ScratchLedger):
        def create(self, *jobs: NewJob, batch: Batch | None = None) -> bool:
            super().create(*jobs, batch=batch)
            raise LedgerUnavailableError("the answer is lost")

    api = ApiHarness(ledger=Vanishing())
    assert_problem(api.submit(), 503, "broker_unavailable")
    assert files_of(api) == set()
    assert len(files_of(api, "uploads")) == 1
    assert api.ledger.queue_depth() == 1


def test_an_end_that_cannot_be_kept_now_is_kept_later() -> None:
    api = ApiHarness(blobs=FullFor())
    api.blobs.text = "end.json"
    job_id, waiting = api.canceled(), api.queued()
    janitor = janitor_of(api)
    api.doorbell.rung.clear()
    api.ledger.start_again()
    make_round(janitor)
    assert api.ledger.restoration.unwritten_ends() == [job_id]
    assert api.doorbell.rung == [waiting], "the others do not wait for the disk"
    api.blobs.text = "nothing"
    make_round(janitor)
    assert api.ledger.restoration.unwritten_ends() == []
    assert end_key(job_id) in files_of(api)


def test_a_replayed_answer_promises_what_is_kept(api: ApiHarness) -> None:
    """The first request failed although the ledger had the job."""
    body, key = a_job(params={"seed": 7}), {"Idempotency_Key": "k"}
    job_id = send(api, body, **key).json()["id"]
    api.blobs.delete(job_record_key(job_id))
    assert send(api, body, **key).json()["id"] == job_id
    lose_everything(api)
    make_round(janitor_of(api))
    assert look(api, job_id)["status"] == "queued"
