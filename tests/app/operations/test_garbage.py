"""Files of no job are found; what anybody may need is spared."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from app.archive.discarding import discard_unneeded
from app.contract.ports import BlobNotFoundError, StorageUnavailableError
from app.contract.records.archives import ArchivedEnd
from app.contract.records.wire import end_key, job_record_key, result_key, upload_key
from app.stores.blobs import DirectoryBlobStore
from tests.app.archive.lossy_api import (
    age,
    files_of,
    janitor_of,
    lose_everything,
    maintenance_of,
)
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.rounds import make_round
from tests.app.submissions.sending import data, send
from tests.fakes import MemoryBlobStore
from tests.ledgers import ScratchLedger, made_whole


def collect(api: ApiHarness, **settings: float) -> int:
    return maintenance_of(api, **settings)[1].collect()


def test_what_a_job_needs_is_spared_and_the_rest_goes(api: ApiHarness) -> None:
    api.succeeded(), api.queued()
    make_round(janitor_of(api))
    needed = set(api.blobs.blobs)
    for key in (
        "uploads/a",
        "results/a/1.png",
        "previews/a/1-1.jpg",
        "checkpoints/a/1",
    ):
        api.blobs.put(key, b"?")
    api.blobs.put("batches/bat_0.json", b"?")
    api.blobs.put("styles/sty_1.png", b"the library's")
    age(api)
    assert collect(api) == 5
    assert set(api.blobs.blobs) == needed | {"styles/sty_1.png"}
    assert collect(api) == 0


def test_young_files_are_spared(api: ApiHarness) -> None:
    api.blobs.put("uploads/a", b"a submission is under way")
    age(api, 59)
    assert collect(api) == 0
    age(api, 2)
    assert collect(api) == 1


def test_an_order_without_a_record_becomes_a_job(api: ApiHarness) -> None:
    """A crash came between the two, or the ledger has lost it."""
    job_id = api.queued()
    lose_everything(api)
    made_whole(api.ledger)
    assert collect(api) == 0
    assert api.ledger.restoration.statuses([job_id]) == {}, "it may be under way"
    age(api)
    assert collect(api) == 0, "its picture is needed again"
    assert api.ledger.get(job_id).queue_position == 0


def test_ends_without_orders_go(api: ApiHarness) -> None:
    """A crash came while a job was deleted."""
    job_id = api.canceled()
    make_round(janitor_of(api))
    api.blobs.delete(job_record_key(job_id))
    age(api)
    collect(api)
    assert files_of(api) == set()


def test_jobs_of_a_batch_that_is_not_kept_go(api: ApiHarness) -> None:
    job_id = api.queued()
    content = api.blobs.get(job_record_key(job_id))
    lonely = content.replace(b'"batch_id":null', b'"batch_id":"bat_%s"' % (b"0" * 32))
    assert lonely != content
    api.blobs.put(job_record_key(job_id), lonely)
    lose_everything(api)
    make_round(janitor_of(api))
    age(api)
    collect(api)
    assert files_of(api) == set()
    assert api.ledger.queue_depth() == 0


def test_a_batch_that_a_crash_broke_off_is_not_painted_beside_the_repeated_one() -> (
    None
):
    """Its orders name the same batch: the key, which was not lost, stands for that."""
    api = ApiHarness(reservations=ScratchLedger().reservations)
    body, key = {"contents": [data()] * 2, "styles": [data()]}, {"Idempotency_Key": "b"}
    broken = send(api, body, "/v1/batches", **key).json()
    api.blobs.delete(f"batches/{broken['id']}.json")
    api.ledger.lose_everything()
    made_whole(api.ledger)
    again = send(api, body, "/v1/batches", **key).json()
    assert again["id"] == broken["id"]
    promised = {job_record_key(job["id"]) for job in again["jobs"]}
    assert len(files_of(api)) == 4
    age(api)
    collect(api)
    assert (api.ledger.queue_depth(), files_of(api)) == (2, promised)


def test_records_past_their_time_are_not_restored_but_removed(api: ApiHarness) -> None:
    """A crash came between forgetting them and deleting their files."""
    job_id = api.canceled()
    janitor = janitor_of(api)
    make_round(janitor)
    job = api.ledger.get(job_id)
    assert job.completed_at is not None
    old = job.completed_at.replace(year=job.completed_at.year - 1)
    end = ArchivedEnd(job=job.model_copy(update={"completed_at": old}))
    api.blobs.put(end_key(job_id), end.to_json())
    lose_everything(api)
    make_round(janitor)
    assert api.client.get(f"/v1/jobs/{job_id}").status_code == 404
    assert files_of(api) == set()


def test_nothing_goes_while_the_ledger_lacks_jobs(api: ApiHarness) -> None:
    api.succeeded()
    age(api)
    before = set(api.blobs.blobs)
    lose_everything(api)
    _, collector = maintenance_of(api)
    collector.take_turn()
    assert set(api.blobs.blobs) == before


def test_nothing_goes_when_the_ledger_is_lost_in_the_midst(
    api: ApiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    api.succeeded()
    age(api)
    before = set(api.blobs.blobs)
    _, collector = maintenance_of(api)
    tidy = collector.rebuilder.tidy

    def tidy_and_lose(grace_s: float) -> object:
        done = tidy(grace_s)
        lose_everything(api)
        return done

    collector.rebuilder.tidy = tidy_and_lose  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING):
        collector.take_turn()
    assert "restored" in caplog.text
    assert set(api.blobs.blobs) == before


def test_one_collector_searches_once_an_interval(api: ApiHarness) -> None:
    one, other = (maintenance_of(api, garbage_interval_s=1000.0)[1] for _ in range(2))
    api.blobs.put("uploads/a", b"?")
    age(api)
    one.take_turn()
    assert files_of(api, "uploads") == set()
    api.blobs.put("uploads/b", b"?")
    age(api)
    other.take_turn()
    assert files_of(api, "uploads") == {"uploads/b"}


def test_a_store_that_is_down_ends_no_search_for_good(
    api: ApiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(prefix: str) -> None:
        raise StorageUnavailableError("gone")

    api.blobs.entries = fail
    with caplog.at_level(logging.WARNING):
        maintenance_of(api)[1].take_turn()
    assert "gone" in caplog.text
    assert api.ledger.restoration.begin_restoring() is not None, (
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
    api = ApiHarness(blobs=Watched())
    job_id = api.queued()
    picture = upload_key(api.ledger.get(job_id).inputs["content"].sha256)
    content = api.blobs.get(picture)
    lose_everything(api)
    made_whole(api.ledger)
    api.blobs.meanwhile = api.queued
    assert discard_unneeded(api.ledger, api.blobs, [picture]) == 1
    assert api.blobs.get(picture) == content


def test_what_is_gone_already_is_no_error(api: ApiHarness) -> None:
    keys = ["uploads/gone", result_key("job", 1, "image/png")]
    assert discard_unneeded(api.ledger, api.blobs, keys) == 2
    with pytest.raises(BlobNotFoundError):
        api.blobs.get("uploads/gone")


def test_files_that_died_while_they_were_written_go(tmp_path: Path) -> None:
    api = ApiHarness(blobs=DirectoryBlobStore(tmp_path, min_free_bytes=0))
    api.blobs.put("uploads/a", PICTURE)
    torso = tmp_path / "uploads" / ".unfinished-abc"
    torso.write_bytes(b"half")
    collect(api)
    assert torso.exists(), "its writer may live"
    collect(api, garbage_grace_s=1e-6)
    assert not torso.exists()
