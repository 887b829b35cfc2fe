"""An accepted job survives the loss of everything that Redis knows."""

import logging
from typing import Any

import pytest

from app.contract.archives import ArchivedOrder, read_archive
from app.contract.batches import Batch
from app.contract.jobs import NewJob
from app.contract.ports import LedgerUnavailableError, StorageUnavailableError
from app.contract.wire import end_key, order_key
from app.stores.ledger import LedgerRules
from tests.app.archive.houses import (
    chores_of,
    files_of,
    janitor_of,
    lose_everything,
)
from tests.app.conftest import PICTURE, House, an_outcome
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import corner_marked, encode
from tests.app.rounds import make_round
from tests.app.submissions.sending import a_job, data, send
from tests.fakes import MemoryBlobStore
from tests.ledgers import ScratchLedger


@pytest.fixture
def house() -> House:
    return House()


def look(house: House, job_id: str) -> Any:
    answer = house.client.get(f"/v1/jobs/{job_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def paint(house: House, job_id: str) -> None:
    """Let a worker have the job, whatever its number is."""
    claim = house.ledger.claim(job_id, f"worker of {job_id}")
    assert claim is not None
    assert claim.job_id == job_id
    outcome = an_outcome(job_id, len(PICTURE))
    house.blobs.put(outcome.result.blob_key, PICTURE)
    assert house.ledger.succeed(*claim, outcome)


def test_an_accepted_job_is_kept_whole_before_it_is_answered(house: House) -> None:
    answer = house.submit(seed=7, ttl_seconds=7200)
    kept = read_archive(ArchivedOrder, house.blobs.get(order_key(answer.json()["id"])))
    record = house.ledger.get(answer.json()["id"])
    assert kept.job.model_dump() == record.model_dump(
        include=set(type(kept.job).model_fields)
    )


def test_what_was_accepted_is_painted_after_everything_was_lost(house: House) -> None:
    jobs = [house.queued() for _ in range(3)]
    before = [look(house, job_id) for job_id in jobs]
    lose_everything(house)
    make_round(janitor_of(house))
    assert set(house.doorbell.rung) == set(jobs)
    for job_id, record in zip(jobs, before, strict=True):
        back = look(house, job_id)
        assert back["queue"] == record["queue"]
        assert (back["params"], back["input"]) == (record["params"], record["input"])
    paint(house, jobs[0])
    assert house.client.get(f"/v1/jobs/{jobs[0]}/result").content == PICTURE


def test_what_had_ended_has_ended_still(house: House) -> None:
    jobs = [house.succeeded(), house.failed(), house.canceled()]
    janitor = janitor_of(house)
    make_round(janitor)
    before = [look(house, job_id) for job_id in jobs]
    lose_everything(house)
    make_round(janitor)
    assert [look(house, job_id) for job_id in jobs] == before
    assert house.doorbell.rung == []
    assert house.client.get(f"/v1/jobs/{jobs[0]}/result").content == PICTURE
    listed = house.client.get("/v1/jobs").json()["data"]
    assert [each["id"] for each in listed] == jobs[::-1]


def test_no_job_is_called_unknown_while_jobs_are_restored(house: House) -> None:
    job_id = house.queued()
    lose_everything(house)
    for path in (f"/v1/jobs/{job_id}", "/v1/jobs", f"/v1/batches/bat_{'0' * 32}"):
        answer = house.client.get(path)
        assert_problem(answer, 503, "broker_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert "restored" in answer.json()["detail"]
    ready = house.client.get("/readyz")
    assert ready.json()["checks"]["redis"] == "jobs are being restored"
    make_round(janitor_of(house))
    assert house.client.get(f"/v1/jobs/{job_id}").status_code == 200
    unknown = house.client.get(f"/v1/jobs/job_{'0' * 32}")
    assert_problem(unknown, 404, "job_not_found")


def test_a_repeated_request_is_answered_with_the_same_job(house: House) -> None:
    body, key = a_job(params={"seed": 7}), {"Idempotency_Key": "k"}
    job_id = send(house, body, **key).json()["id"]
    lose_everything(house)
    early = send(house, body, **key)
    assert_problem(early, 503, "broker_unavailable")
    make_round(janitor_of(house))
    again = send(house, body, **key)
    assert (again.status_code, again.json()["id"]) == (202, job_id)
    assert again.headers["idempotent-replayed"] == "true"
    other = send(house, a_job(params={"seed": 8}), **key)
    assert_problem(other, 422, "idempotency_key_reused")
    assert len(files_of(house)) == 1


def test_a_batch_is_back_with_its_key_and_its_order(house: House) -> None:
    body = {"contents": [data()] * 3, "styles": [data()]}
    first = send(house, body, "/v1/batches", Idempotency_Key="b").json()
    lose_everything(house)
    make_round(janitor_of(house))
    back = house.client.get(f"/v1/batches/{first['id']}").json()
    assert [job["id"] for job in back["jobs"]] == [job["id"] for job in first["jobs"]]
    positions = [house.ledger.get(job["id"]).queue_position for job in back["jobs"]]
    assert positions == [0, 1, 2]
    again = send(house, body, "/v1/batches", Idempotency_Key="b")
    assert again.json()["id"] == first["id"]
    assert house.ledger.queue_depth() == 3


def test_a_batch_that_was_kept_in_part_is_none(house: House) -> None:
    """A crash came before the last file: nobody was answered."""
    batch = send(house, {"contents": [data()] * 2, "styles": [data()]}, "/v1/batches")
    house.blobs.delete(f"batches/{batch.json()['id']}.json")
    lose_everything(house)
    make_round(janitor_of(house))
    assert house.ledger.queue_depth() == 0


def test_retried_and_reused_jobs_are_kept_too(house: House) -> None:
    first = house.submit(seed=7).json()["id"]
    paint(house, first)
    retried = house.client.post(f"/v1/jobs/{first}/retry").json()["id"]
    reused = house.submit(seed=7)
    assert reused.json()["reused_from"] == first
    assert end_key(reused.json()["id"]) in files_of(house), "at once"
    janitor = janitor_of(house)
    make_round(janitor)
    lose_everything(house)
    make_round(janitor)
    assert look(house, retried)["retry_of"] == first
    assert look(house, reused.json()["id"]) == reused.json()
    assert house.submit(seed=7).json()["reused_from"] == first


def test_an_attempt_of_before_the_loss_makes_no_second_end(house: House) -> None:
    job_id = house.running()
    lose_everything(house)
    make_round(janitor_of(house))
    new = house.ledger.claim(job_id, "another worker")
    assert new is not None
    outcome = an_outcome(job_id, 1)
    assert not house.ledger.succeed(job_id, 1, outcome)
    assert house.ledger.succeed(*new, outcome)
    assert house.ledger.counters()["ended:succeeded"] == 1
    assert look(house, job_id)["attempt"] == 1


def test_a_canceled_job_stays_canceled(house: House) -> None:
    job_id = house.queued()
    assert house.client.post(f"/v1/jobs/{job_id}/cancel").status_code == 200
    assert end_key(job_id) in files_of(house), "before the answer"
    lose_everything(house)
    make_round(janitor_of(house))
    assert look(house, job_id)["status"] == "canceled"


def test_a_canceled_batch_stays_canceled(house: House) -> None:
    body = {"contents": [data()] * 2, "styles": [data()]}
    url = send(house, body, "/v1/batches").headers["location"]
    assert house.client.post(f"{url}/cancel").status_code == 200
    lose_everything(house)
    make_round(janitor_of(house))
    assert house.client.get(url).json()["status"] == "canceled"


def test_a_deleted_job_stays_deleted(house: House) -> None:
    job_id, janitor = house.succeeded(), janitor_of(house)
    make_round(janitor)
    assert house.client.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert files_of(house) == set()
    lose_everything(house)
    make_round(janitor)
    assert house.client.get(f"/v1/jobs/{job_id}").status_code == 404


def test_a_crash_while_a_job_is_deleted_does_not_paint_it_again(house: House) -> None:
    """The order is deleted first, so an end without an order is what may be left."""
    job_id, janitor = house.succeeded(), janitor_of(house)
    make_round(janitor)
    left: list[str] = []

    def break_off(job_id: str) -> None:
        left.extend(files_of(house))
        raise LedgerUnavailableError

    house.ledger.delete = break_off
    assert house.client.delete(f"/v1/jobs/{job_id}").status_code == 503
    assert left == [end_key(job_id)]
    lose_everything(house)
    make_round(janitor)
    assert house.ledger.queue_depth() == 0
    assert house.client.get(f"/v1/jobs/{job_id}").status_code == 404


def test_an_end_that_was_not_kept_lets_the_job_be_painted_again(house: House) -> None:
    """What may be computed twice is not lost."""
    job_id = house.succeeded()
    lose_everything(house)
    make_round(janitor_of(house))
    assert look(house, job_id)["status"] == "queued"


def test_files_that_are_not_ours_are_told_once_and_left_alone(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    good, damaged, newer, swapped = (house.queued() for _ in range(4))
    house.blobs.put(order_key(damaged), b"{")
    content = house.blobs.get(order_key(newer))
    assert b'"version":2' in content
    house.blobs.put(order_key(newer), content.replace(b'"version":2', b'"version":3'))
    house.blobs.put(order_key(swapped), house.blobs.get(order_key(good)))
    for foreign in ("jobs/readme.txt", "jobs/job_x/job.json", f"jobs/{good}/more/a"):
        house.blobs.put(foreign, b"?")
    before = files_of(house)
    janitor, collector = chores_of(house)
    for _ in range(2):
        lose_everything(house)
        with caplog.at_level(logging.ERROR):
            make_round(janitor)
    collector.collect()
    assert house.doorbell.rung == [good]
    assert house.ledger.queue_depth() == 1
    for job_id in (damaged, newer):
        assert caplog.text.count(order_key(job_id)) == 1
    assert files_of(house) == before


class FullFor(MemoryBlobStore):
    """Has no room for keys with this text."""

    text = "job.json"

    def put(self, key: str, content: bytes) -> None:
        if self.text in key:
            raise StorageUnavailableError("disk full")
        super().put(key, content)


def test_an_order_that_cannot_be_kept_is_refused_and_leaves_nothing() -> None:
    house = House(blobs=FullFor())
    assert_problem(house.submit(), 503, "storage_unavailable")
    assert house.is_untouched
    batch = {"contents": [data()] * 2, "styles": [data()]}
    house.blobs.text = "batches/"
    answer = send(house, batch, "/v1/batches")
    assert_problem(answer, 503, "storage_unavailable")
    assert house.is_untouched


def test_a_refused_order_leaves_nothing_and_does_not_come_back() -> None:
    """That the queue is full is found only when the ledger is told."""
    house = House(ledger=ScratchLedger(LedgerRules(queue_limit=1)))
    house.queued()
    kept = set(house.blobs.blobs)
    answer = house.submit(content=encode(corner_marked()))
    assert_problem(answer, 503, "queue_full")
    assert set(house.blobs.blobs) == kept


def test_an_order_whose_record_is_in_doubt_is_not_kept() -> None:
    """The answer was no promise; and what the ledger may need stays."""

    class Vanishing(ScratchLedger):
        def create(self, *jobs: NewJob, batch: Batch | None = None) -> bool:
            super().create(*jobs, batch=batch)
            raise LedgerUnavailableError("the answer is lost")

    house = House(ledger=Vanishing())
    assert_problem(house.submit(), 503, "broker_unavailable")
    assert files_of(house) == set()
    assert len(files_of(house, "uploads")) == 1
    assert house.ledger.queue_depth() == 1


def test_an_end_that_cannot_be_kept_now_is_kept_later() -> None:
    house = House(blobs=FullFor())
    house.blobs.text = "end.json"
    job_id, waiting = house.canceled(), house.queued()
    janitor = janitor_of(house)
    house.doorbell.rung.clear()
    house.ledger.start_again()
    make_round(janitor)
    assert house.ledger.restoration.unwritten_ends() == [job_id]
    assert house.doorbell.rung == [waiting], "the others do not wait for the disk"
    house.blobs.text = "nothing"
    make_round(janitor)
    assert house.ledger.restoration.unwritten_ends() == []
    assert end_key(job_id) in files_of(house)


def test_a_replayed_answer_promises_what_is_kept(house: House) -> None:
    """The first request failed although the ledger had the job."""
    body, key = a_job(params={"seed": 7}), {"Idempotency_Key": "k"}
    job_id = send(house, body, **key).json()["id"]
    house.blobs.delete(order_key(job_id))
    assert send(house, body, **key).json()["id"] == job_id
    lose_everything(house)
    make_round(janitor_of(house))
    assert look(house, job_id)["status"] == "queued"
