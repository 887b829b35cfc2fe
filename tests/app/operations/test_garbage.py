"""Files of no job are found; what anybody may need is spared."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from app.archive.discarding import discard_unneeded
from app.contract.archives import ArchivedEnd
from app.contract.ports import BlobNotFoundError, StorageUnavailableError
from app.contract.wire import end_key, order_key, result_key, upload_key
from app.stores.blobs import DirectoryBlobStore
from tests.app.archive.houses import (
    age,
    chores_of,
    files_of,
    janitor_of,
    lose_everything,
)
from tests.app.conftest import PICTURE, House
from tests.app.rounds import make_round
from tests.app.submissions.sending import data, send
from tests.fakes import MemoryBlobStore
from tests.ledgers import ScratchLedger, made_whole


def collect(house: House, **settings: float) -> int:
    return chores_of(house, **settings)[1].collect()


def test_what_a_job_needs_is_spared_and_the_rest_goes(house: House) -> None:
    house.succeeded(), house.queued()
    make_round(janitor_of(house))
    needed = set(house.blobs.blobs)
    for key in (
        "uploads/a",
        "results/a/1.png",
        "previews/a/1-1.jpg",
        "checkpoints/a/1",
    ):
        house.blobs.put(key, b"?")
    house.blobs.put("batches/bat_0.json", b"?")
    house.blobs.put("styles/sty_1.png", b"the library's")
    age(house)
    assert collect(house) == 5
    assert set(house.blobs.blobs) == needed | {"styles/sty_1.png"}
    assert collect(house) == 0


def test_young_files_are_spared(house: House) -> None:
    house.blobs.put("uploads/a", b"a submission is under way")
    age(house, 59)
    assert collect(house) == 0
    age(house, 2)
    assert collect(house) == 1


def test_an_order_without_a_record_becomes_a_job(house: House) -> None:
    """A crash came between the two, or the ledger has lost it."""
    job_id = house.queued()
    lose_everything(house)
    made_whole(house.ledger)
    assert collect(house) == 0
    assert house.ledger.restoration.statuses([job_id]) == {}, "it may be under way"
    age(house)
    assert collect(house) == 0, "its picture is needed again"
    assert house.ledger.get(job_id).queue_position == 0


def test_ends_without_orders_go(house: House) -> None:
    """A crash came while a job was deleted."""
    job_id = house.canceled()
    make_round(janitor_of(house))
    house.blobs.delete(order_key(job_id))
    age(house)
    collect(house)
    assert files_of(house) == set()


def test_jobs_of_a_batch_that_is_not_kept_go(house: House) -> None:
    job_id = house.queued()
    content = house.blobs.get(order_key(job_id))
    lonely = content.replace(b'"batch_id":null', b'"batch_id":"bat_%s"' % (b"0" * 32))
    assert lonely != content
    house.blobs.put(order_key(job_id), lonely)
    lose_everything(house)
    make_round(janitor_of(house))
    age(house)
    collect(house)
    assert files_of(house) == set()
    assert house.ledger.queue_depth() == 0


def test_a_batch_that_a_crash_broke_off_is_not_painted_beside_the_repeated_one() -> (
    None
):
    """Its orders name the same batch: the key, which was not lost, stands for that."""
    house = House(reservations=ScratchLedger().reservations)
    body, key = {"contents": [data()] * 2, "styles": [data()]}, {"Idempotency_Key": "b"}
    broken = send(house, body, "/v1/batches", **key).json()
    house.blobs.delete(f"batches/{broken['id']}.json")
    house.ledger.lose_everything()
    made_whole(house.ledger)
    again = send(house, body, "/v1/batches", **key).json()
    assert again["id"] == broken["id"]
    promised = {order_key(job["id"]) for job in again["jobs"]}
    assert len(files_of(house)) == 4
    age(house)
    collect(house)
    assert (house.ledger.queue_depth(), files_of(house)) == (2, promised)


def test_records_past_their_time_are_not_restored_but_removed(house: House) -> None:
    """A crash came between forgetting them and deleting their files."""
    job_id = house.canceled()
    janitor = janitor_of(house)
    make_round(janitor)
    job = house.ledger.get(job_id)
    assert job.completed_at is not None
    old = job.completed_at.replace(year=job.completed_at.year - 1)
    end = ArchivedEnd(job=job.model_copy(update={"completed_at": old}))
    house.blobs.put(end_key(job_id), end.to_json())
    lose_everything(house)
    make_round(janitor)
    assert house.client.get(f"/v1/jobs/{job_id}").status_code == 404
    assert files_of(house) == set()


def test_nothing_goes_while_the_ledger_lacks_jobs(house: House) -> None:
    house.succeeded()
    age(house)
    before = set(house.blobs.blobs)
    lose_everything(house)
    _, collector = chores_of(house)
    collector.take_turn()
    assert set(house.blobs.blobs) == before


def test_nothing_goes_when_the_ledger_is_lost_in_the_midst(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.succeeded()
    age(house)
    before = set(house.blobs.blobs)
    _, collector = chores_of(house)
    tidy = collector.rebuilder.tidy

    def tidy_and_lose(grace_s: float) -> object:
        done = tidy(grace_s)
        lose_everything(house)
        return done

    collector.rebuilder.tidy = tidy_and_lose  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING):
        collector.take_turn()
    assert "restored" in caplog.text
    assert set(house.blobs.blobs) == before


def test_one_collector_searches_once_an_interval(house: House) -> None:
    one, other = (chores_of(house, garbage_interval_s=1000.0)[1] for _ in range(2))
    house.blobs.put("uploads/a", b"?")
    age(house)
    one.take_turn()
    assert files_of(house, "uploads") == set()
    house.blobs.put("uploads/b", b"?")
    age(house)
    other.take_turn()
    assert files_of(house, "uploads") == {"uploads/b"}


def test_a_store_that_is_down_ends_no_search_for_good(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(prefix: str) -> None:
        raise StorageUnavailableError("gone")

    house.blobs.entries = fail
    with caplog.at_level(logging.WARNING):
        chores_of(house)[1].take_turn()
    assert "gone" in caplog.text
    assert house.ledger.restoration.begin_restoring() is not None, (
        "another one may restore"
    )


class Watched(MemoryBlobStore):
    """Lets something happen just before a deletion."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def delete(self, key: str) -> None:
        self.meanwhile()
        super().delete(key)


def test_a_picture_that_is_needed_just_when_it_is_deleted_is_put_back() -> None:
    """The janitor was stopped between asking the ledger and deleting the file."""
    house = House(blobs=Watched())
    job_id = house.queued()
    picture = upload_key(house.ledger.get(job_id).inputs["content"].sha256)
    content = house.blobs.get(picture)
    lose_everything(house)
    made_whole(house.ledger)
    house.blobs.meanwhile = house.queued
    assert discard_unneeded(house.ledger, house.blobs, [picture]) == 1
    assert house.blobs.get(picture) == content


def test_what_is_gone_already_is_no_error(house: House) -> None:
    keys = ["uploads/gone", result_key("job", 1, "image/png")]
    assert discard_unneeded(house.ledger, house.blobs, keys) == 2
    with pytest.raises(BlobNotFoundError):
        house.blobs.get("uploads/gone")


def test_files_that_died_while_they_were_written_go(tmp_path: Path) -> None:
    house = House(blobs=DirectoryBlobStore(tmp_path, min_free_bytes=0))
    house.blobs.put("uploads/a", PICTURE)
    torso = tmp_path / "uploads" / ".unfinished-abc"
    torso.write_bytes(b"half")
    collect(house)
    assert torso.exists(), "its writer may live"
    collect(house, garbage_grace_s=1e-6)
    assert not torso.exists()
