"""One suite for all blob stores, then what only a directory can get wrong."""

import errno
import io
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.contract.ports import BlobNotFoundError, BlobStore, StorageUnavailableError
from app.stores.blobs import DirectoryBlobStore
from app.stores.guarded_blobs import GuardedBlobStore
from tests.fakes import MemoryBlobStore


@pytest.fixture(params=["memory", "guarded", "directory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "memory":
        return MemoryBlobStore()
    if request.param == "guarded":
        return GuardedBlobStore(MemoryBlobStore())
    if request.param == "directory":
        return DirectoryBlobStore(tmp_path / "blobs", min_free_bytes=0)
    storage: Any = request.getfixturevalue("storage")
    store: BlobStore = storage.store(storage.new_bucket())
    return store


def test_blob_comes_back_as_it_was_put(blobs: BlobStore) -> None:
    blobs.put("uploads/ab12", b"first")
    blobs.put("uploads/ab12", b"second")
    assert blobs.get("uploads/ab12") == b"second"
    assert blobs.exists("uploads/ab12")


def test_missing_blob_is_said_to_be_missing(blobs: BlobStore) -> None:
    assert not blobs.exists("uploads/none")
    with pytest.raises(BlobNotFoundError):
        blobs.get("uploads/none")
    blobs.delete("uploads/none")


def test_deleted_blob_is_gone(blobs: BlobStore) -> None:
    blobs.put("results/job_1/1.png", b"x")
    blobs.delete("results/job_1/1.png")
    assert not blobs.exists("results/job_1/1.png")


def test_check_passes_on_a_working_store(blobs: BlobStore) -> None:
    blobs.check()


_ODD_KEYS = ["", "/etc/passwd", "../up", "a/../b", "a//b", ".hidden", "A", "a/", "a\0",
             "ü", "a b", "a\n", "a/.b", "%2e%2e/a", "a?b", "a\\b"]  # fmt: skip
_ASK: dict[str, Callable[[BlobStore, str], object]] = {
    "put": lambda blobs, key: blobs.put(key, b"x"),
    "get": lambda blobs, key: blobs.get(key),
    "put_file": lambda blobs, key: blobs.put_file(key, io.BytesIO(b"x"), 1),
    "reader": lambda blobs, key: blobs.reader(key),
    "exists": lambda blobs, key: blobs.exists(key),
    "keys": lambda blobs, key: list(blobs.keys(key)),
    "delete": lambda blobs, key: blobs.delete(key),
    "signed_url": lambda blobs, key: blobs.signed_url(
        key, expires_s=60, media_type="image/png", file_name="a.png", is_download=False
    ),
}


@pytest.mark.parametrize("method", _ASK)
def test_no_key_leads_out_of_the_store(blobs: BlobStore, method: str) -> None:
    for key in _ODD_KEYS:
        with pytest.raises(ValueError, match="not a blob key"):
            _ASK[method](blobs, key)


def test_large_and_empty_blobs_come_back_whole(blobs: BlobStore) -> None:
    for content in (b"", bytes(range(256)) * 4096 * 3):
        blobs.put("results/a", content)
        assert blobs.get("results/a") == content


def test_a_file_is_stored_from_where_it_stands_and_left_open(blobs: BlobStore) -> None:
    content = bytes(range(256)) * 4096 * 9  # S3 takes it in two parts
    file = io.BytesIO(b"!" + content)
    file.seek(1)
    blobs.put_file("results/a", file, len(content))
    assert not file.closed
    assert blobs.get("results/a") == content


def test_an_open_blob_is_read_piece_by_piece_even_when_it_is_gone(
    blobs: BlobStore,
) -> None:
    blobs.put("uploads/a", b"abcdefg")
    with closing(blobs.reader("uploads/a")) as file:
        blobs.delete("uploads/a")
        assert [file.read(3), file.read(3), file.read(3), file.read(3)] == [
            b"abc",
            b"def",
            b"g",
            b"",
        ]
    with pytest.raises(BlobNotFoundError):
        blobs.reader("uploads/a")


def test_what_cannot_be_read_to_its_end_is_not_stored(blobs: BlobStore) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if size is None or size < 0 or self.tell() + size > 10 * 2**20:
                raise StorageUnavailableError("the store that it is read from is away")
            return super().read(size)

    with pytest.raises(StorageUnavailableError):
        blobs.put_file("results/a", Breaking(bytes(20 * 2**20)), 20 * 2**20)
    assert not blobs.exists("results/a")


def test_a_reader_sees_all_of_a_blob_or_none_while_it_is_replaced_and_deleted(
    blobs: BlobStore,
) -> None:
    """Two writers and one who deletes; every reader's bytes are one writer's."""
    whole = {letter * 2**18 for letter in (b"a", b"b")}
    seen: set[bytes] = set()

    def write(content: bytes) -> None:
        for _ in range(12):
            blobs.put("previews/a", content)

    def delete() -> None:
        for _ in range(12):
            blobs.delete("previews/a")

    def read() -> None:
        for _ in range(12):
            try:
                seen.add(blobs.get("previews/a"))
            except BlobNotFoundError:
                seen.add(b"")

    with ThreadPoolExecutor() as pool:
        begun = [*(pool.submit(write, each) for each in whole), pool.submit(delete)]
        for done in [*begun, pool.submit(read), pool.submit(read)]:
            done.result()
    assert seen - {b""} <= whole
    blobs.put("previews/a", b"the last word")
    assert blobs.get("previews/a") == b"the last word"


def test_failed_write_leaves_the_old_blob_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryBlobStore(tmp_path, min_free_bytes=0)
    store.put("uploads/a", b"old")

    def full_disk(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StorageUnavailableError, match="0 bytes are free"):
        store.put("uploads/a", b"new")
    with pytest.raises(StorageUnavailableError, match="0 bytes are free"):
        store.put("uploads/of/a/job", b"new")
    monkeypatch.undo()
    assert store.get("uploads/a") == b"old"
    assert [p.name for p in (tmp_path / "uploads").iterdir()] == ["a"]


def test_write_refused_for_want_of_room_leaves_no_empty_directory(
    tmp_path: Path,
) -> None:
    DirectoryBlobStore(tmp_path, min_free_bytes=0).put("previews/a/b", b"x")
    with pytest.raises(StorageUnavailableError, match="are needed"):
        DirectoryBlobStore(tmp_path, min_free_bytes=2**62).put("previews/c/d", b"x")
    assert [path.name for path in (tmp_path / "previews").iterdir()] == ["a"]


def test_store_refuses_before_the_disk_is_full(tmp_path: Path) -> None:
    store = DirectoryBlobStore(tmp_path, min_free_bytes=2**62)
    with pytest.raises(StorageUnavailableError, match="are needed"):
        store.put("uploads/a", b"x")
    with pytest.raises(StorageUnavailableError):
        store.check()
    assert not store.exists("uploads/a")


def test_store_whose_directory_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("in the way")
    store = DirectoryBlobStore(tmp_path / "blobs", min_free_bytes=0)
    with pytest.raises(StorageUnavailableError):
        store.check()
    with pytest.raises(StorageUnavailableError):
        store.put("uploads/a", b"x")


def test_keys_of_a_folder_are_listed_in_order(blobs: BlobStore) -> None:
    for key in ("styles/b.png", "styles/a/c.json", "styles/a.json", "stylesheet/d"):
        blobs.put(key, b"x")
    assert list(blobs.keys("styles")) == [
        *("styles/a.json", "styles/a/c.json", "styles/b.png")
    ]
    assert list(blobs.keys("nothing")) == []


def test_entries_tell_when_a_blob_was_written(blobs: BlobStore) -> None:
    began_s = time.time()
    blobs.put("uploads/b", b"x")
    blobs.put("uploads/a", b"x")
    assert [entry.key for entry in blobs.entries("uploads")] == [
        *("uploads/a", "uploads/b")
    ]
    # A file's time may come from a clock that ticks every few milliseconds, a bucket
    # tells whole seconds.
    assert all(
        began_s - 1.1 <= entry.written_s <= time.time() + 0.1
        for entry in blobs.entries("uploads")
    )


def test_a_job_that_is_gone_leaves_no_directory(tmp_path: Path) -> None:
    store = DirectoryBlobStore(tmp_path, min_free_bytes=0)
    store.put("jobs/job_1/job.json", b"x")
    store.put("jobs/job_1/end.json", b"x")
    store.delete("jobs/job_1/job.json")
    assert store.exists("jobs/job_1/end.json")
    store.delete("jobs/job_1/end.json")
    store.delete("jobs/job_1/end.json")
    assert [path.name for path in tmp_path.rglob("*")] == ["jobs"]


def test_directory_of_a_write_that_failed_goes_after_its_grace(tmp_path: Path) -> None:
    store = DirectoryBlobStore(tmp_path, min_free_bytes=0)
    store.put("results/job_1/1.png", b"x")
    (tmp_path / "results" / "job_2" / "deep").mkdir(parents=True)
    store.remove_unfinished(60.0)
    assert (tmp_path / "results" / "job_2" / "deep").is_dir(), "somebody may be writing"
    store.remove_unfinished(-1.0)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["job_1"]
    assert store.get("results/job_1/1.png") == b"x"


def test_a_directory_that_is_taken_away_meanwhile_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryBlobStore(tmp_path, min_free_bytes=0)
    store.put("jobs/job_1/job.json", b"x")
    usage = shutil.disk_usage

    def delete_meanwhile(path: Path) -> object:
        monkeypatch.undo()
        store.delete("jobs/job_1/job.json")
        return usage(path)

    monkeypatch.setattr(shutil, "disk_usage", delete_meanwhile)
    store.put("jobs/job_1/end.json", b"y")
    assert store.get("jobs/job_1/end.json") == b"y"


def test_deletions_survive_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryBlobStore(tmp_path, min_free_bytes=0)
    store.put("jobs/job_1/job.json", b"x")
    synced: list[Path] = []
    monkeypatch.setattr("app.stores.blobs.sync_directory", synced.append)
    store.delete("jobs/job_1/job.json")
    assert synced == [tmp_path / "jobs"]
    store.delete("jobs/job_1/job.json")
    assert len(synced) == 1, "nothing was there"
