"""Pictures, then the record, then the bell; and what a sweep may do between."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from anyio import CapacityLimiter

from app.contract.batches import Batch
from app.contract.inputs import size_of
from app.contract.jobs import Job, JobStatus, NewJob
from app.contract.kind import Lane
from app.contract.kinds import KINDS
from app.contract.messages.webhooks import Webhook
from app.contract.painting.choices import Network
from app.contract.ports import (
    LedgerUnavailableError,
    QueueFullError,
    StorageUnavailableError,
    TooManyActiveJobsError,
)
from app.contract.records.wire import upload_key
from app.http.bodies.multipart import FormLimits
from app.intake import IntakeRules
from app.problems import ProblemError
from app.stores.ledger.rules import LedgerRules
from app.submissions import enqueueing
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.enqueueing import require_room
from app.submissions.files.preparing import inspect, normalize
from app.submissions.files.sources import Place, SentBytes, SentFile
from app.submissions.files.staging import StagedFile, Staging
from tests.app.pictures import corner_marked, decode, encode, plain
from tests.app.submissions.sending import FakeFetcher
from tests.fakes import MemoryBlobStore, MemoryDoorbell, MemoryStyleCatalogue
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import slip_of

RULES = IntakeRules()


@dataclass
class Diary:
    entries: list[str] = field(default_factory=list)


class NotingBlobs(MemoryBlobStore):
    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    def put(self, key: str, content: bytes) -> None:
        is_order = key.startswith("jobs/")
        self._diary.entries.append("keep" if is_order else "put")
        super().put(key, content)


class NotingLedger(ScratchLedger):
    def __init__(self, diary: Diary, rules: LedgerRules | None = None) -> None:
        super().__init__(rules)
        self._diary = diary

    def create(self, *jobs: NewJob, batch: Batch | None = None) -> bool:
        self._diary.entries.append("create")
        return super().create(*jobs, batch=batch)


class NotingDoorbell(MemoryDoorbell):
    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    def ring(self, job_id: str, lane: Lane) -> None:
        self._diary.entries.append("ring")
        super().ring(job_id, lane)


class MuteDoorbell(MemoryDoorbell):
    def ring(self, job_id: str, lane: Lane) -> None:
        raise LedgerUnavailableError("nobody hears")


def submission_dependencies(**ports: Any) -> SubmissionDependencies:
    ledger = ports.setdefault("ledger", ScratchLedger())
    settings: dict[str, Any] = {
        "blobs": MemoryBlobStore(),
        "doorbell": MemoryDoorbell(),
        "reservations": ledger.reservations,
        "style_catalogue": MemoryStyleCatalogue(),
        "fetcher": FakeFetcher(),
        "uploaded": None,
        "accept_webhook": Webhook.model_validate,
        "intake": RULES,
        "form": FormLimits(max_file_bytes=RULES.max_bytes),
        "networks": (Network.VGG19,),
        "queue_limit": 100,
        "active_limit": 5,
        "upload_patience_s": 1.0,
        "reservation_patience_s": 1.0,
    }
    turns = ("uploads", "batches", "decodes", "large_decodes", "errands")
    limiters = {name: CapacityLimiter(1) for name in turns}
    return SubmissionDependencies(kinds=KINDS, **{**settings, **limiters, **ports})


def sent(content: bytes, name: str = "content") -> SentFile:
    slot = next(slot for slot in KINDS.default.slots if slot.name == name)
    return SentFile(SentBytes(io.BytesIO(content)), Place(name, f"/{name}"), slot)


@pytest.fixture
def staging() -> Iterator[Staging]:
    with Staging() as staging:
        yield staging


@pytest.fixture
def pictures(staging: Staging) -> list[StagedFile]:
    both = (sent(plain()), sent(encode(corner_marked()), "style"))
    return [normalize(each, RULES, staging) for each in both]


def a_job(pictures: list[StagedFile], owner: str | None = None) -> NewJob:
    content, style = (each.input for each in pictures)
    return slip_of({"content": content, "style/0": style}, {"seed": 3}, owner=owner)


def enqueue(
    submission_deps: SubmissionDependencies, pictures: list[StagedFile], **more: Any
) -> Job:
    job = a_job(pictures, **more)
    enqueueing.enqueue(submission_deps, [job], pictures)
    return submission_deps.ledger.get(job.id)


def test_pictures_then_order_then_record_then_bell(
    pictures: list[StagedFile],
) -> None:
    diary = Diary()
    submission_deps = submission_dependencies(
        blobs=NotingBlobs(diary),
        ledger=NotingLedger(diary),
        doorbell=NotingDoorbell(diary),
    )
    enqueue(submission_deps, pictures)
    assert diary.entries == ["put", "put", "keep", "create", "ring"]


def test_the_job_names_what_is_stored(pictures: list[StagedFile]) -> None:
    submission_deps = submission_dependencies()
    job = enqueue(submission_deps, pictures)
    assert job.status is JobStatus.QUEUED
    colors = {}
    for name, picture in job.inputs.items():
        stored = decode(submission_deps.blobs.get(upload_key(picture.sha256)))
        assert stored.size == size_of(picture.facts)
        assert picture.media_type == "image/png"
        colors[name] = stored.getpixel((40, 30))
    assert colors == {"content": (250, 20, 30), "style/0": (255, 255, 255)}


def test_an_unheard_bell_does_not_lose_the_job(
    pictures: list[StagedFile], caplog: pytest.LogCaptureFixture
) -> None:
    submission_deps = submission_dependencies(doorbell=MuteDoorbell())
    job = enqueue(submission_deps, pictures)
    assert submission_deps.ledger.get(job.id).status is JobStatus.QUEUED
    assert job.id in caplog.text


def test_a_full_store_leaves_no_job(pictures: list[StagedFile]) -> None:
    class FullBlobs(MemoryBlobStore):
        def put(self, key: str, content: bytes) -> None:
            raise StorageUnavailableError("disk full")

    bell = MemoryDoorbell()
    submission_deps = submission_dependencies(blobs=FullBlobs(), doorbell=bell)
    with pytest.raises(StorageUnavailableError):
        enqueue(submission_deps, pictures)
    assert submission_deps.ledger.queue_depth() == 0
    assert bell.rung == []


def test_a_full_queue_stores_nothing_and_rings_no_bell(
    pictures: list[StagedFile],
) -> None:
    diary = Diary()
    submission_deps = submission_dependencies(
        blobs=NotingBlobs(diary),
        ledger=NotingLedger(diary),
        doorbell=NotingDoorbell(diary),
        queue_limit=1,
    )
    enqueue(submission_deps, pictures)
    with pytest.raises(QueueFullError):
        enqueue(submission_deps, pictures)
    assert diary.entries == ["put", "put", "keep", "create", "ring"]


def test_a_picture_swept_before_the_job_was_recorded_is_stored_again(
    pictures: list[StagedFile],
) -> None:
    blobs = MemoryBlobStore()

    class SweptLedger(ScratchLedger):
        def create(self, *jobs: NewJob, batch: Batch | None = None) -> bool:
            blobs.blobs.clear()  # the janitor was at it
            return super().create(*jobs, batch=batch)

    enqueue(submission_dependencies(blobs=blobs, ledger=SweptLedger()), pictures)
    assert set(blobs.blobs) == {upload_key(each.input.sha256) for each in pictures}
    assert all(blobs.blobs.values())


def test_a_quota_is_told_before_a_full_queue(pictures: list[StagedFile]) -> None:
    submission_deps = submission_dependencies(queue_limit=1, active_limit=1)
    enqueue(submission_deps, pictures, owner="key_1")
    with pytest.raises(TooManyActiveJobsError) as caught:
        require_room(submission_deps, "key_1")
    assert (caught.value.active, caught.value.limit) == (1, 1)
    with pytest.raises(QueueFullError) as full:
        require_room(submission_deps, "key_2")
    assert (full.value.depth, full.value.limit) == (1, 1)
    with pytest.raises(QueueFullError):
        require_room(submission_deps, None)


def test_without_keys_there_is_no_quota(pictures: list[StagedFile]) -> None:
    submission_deps = submission_dependencies(active_limit=1)
    enqueue(submission_deps, pictures)
    require_room(submission_deps, None, jobs=99)
    with pytest.raises(QueueFullError):
        require_room(submission_deps, None, jobs=100)


def test_every_picture_is_inspected() -> None:
    good, bad = sent(plain(size=(40, 50))), sent(b"x", "style")
    assert inspect([good], RULES)[good.place].pixels == 2000
    with pytest.raises(ProblemError) as caught:
        inspect([good, bad], RULES)
    assert caught.value.errors[0].field == "/style"


def test_equal_pictures_share_one_file(staging: Staging) -> None:
    first = normalize(sent(plain()), RULES, staging)
    second = normalize(sent(plain(), "style"), RULES, staging)
    assert first.file is second.file
    assert first.read() == second.read() != b""
