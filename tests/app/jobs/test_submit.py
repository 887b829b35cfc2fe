import io
from dataclasses import dataclass, field

import pytest

from app.contract.batches import Batch
from app.contract.jobs import JobStatus, NewJob
from app.contract.parameters import StyleTransferParameters
from app.contract.ports import (
    LedgerUnavailableError,
    QueueFullError,
    StorageUnavailableError,
)
from app.contract.wire import upload_key
from app.intake import IntakeRules, NormalizedPicture
from app.jobs.pictures import PictureSet
from app.jobs.submit import (
    Submission,
    enqueue,
    inspect_pictures,
    normalize_pictures,
    require_room,
)
from app.problems import ProblemError
from app.stores.ledger.rules import LedgerRules
from app.stores.memory import MemoryBlobStore, MemoryDoorbell, MemoryLedger
from tests.app.pictures import corner_marked, decode, encode, plain

RULES = IntakeRules()


@dataclass
class Diary:
    entries: list[str] = field(default_factory=list)


class NotingBlobs(MemoryBlobStore):
    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    def put(self, key: str, content: bytes) -> None:
        self._diary.entries.append("put")
        super().put(key, content)


class NotingLedger(MemoryLedger):
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

    def ring(self, job_id: str) -> None:
        self._diary.entries.append("ring")
        super().ring(job_id)


class MuteDoorbell(MemoryDoorbell):
    def ring(self, job_id: str) -> None:
        raise LedgerUnavailableError("nobody hears")


def a_submission(
    content: bytes | None = None, style: bytes | None = None
) -> Submission:
    return Submission(
        pictures=PictureSet(
            content=io.BytesIO(content or plain()),
            styles=(io.BytesIO(style or encode(corner_marked())),),
        ),
        params=StyleTransferParameters(seed=3),
        metadata={"user": "ada"},
    )


def normalized(submission: Submission) -> PictureSet[NormalizedPicture]:
    return normalize_pictures(submission, RULES)


def test_pictures_then_record_then_bell() -> None:
    diary, submission = Diary(), a_submission()
    enqueue(
        submission,
        normalized(submission),
        blobs=NotingBlobs(diary),
        ledger=NotingLedger(diary),
        doorbell=NotingDoorbell(diary),
    )
    assert diary.entries == ["put", "put", "create", "ring"]


def test_the_job_names_what_is_stored() -> None:
    submission = a_submission()
    blobs, ledger, bell = MemoryBlobStore(), MemoryLedger(), MemoryDoorbell()
    job = enqueue(
        submission, normalized(submission), blobs=blobs, ledger=ledger, doorbell=bell
    )
    assert job.status is JobStatus.QUEUED
    assert bell.rung == [job.id]
    assert job.metadata == {"user": "ada"}
    assert job.params.seed == 3
    (style,) = job.input.styles
    colors = {}
    for name, picture in (("content", job.input.content), ("style", style)):
        stored = decode(blobs.get(upload_key(picture.sha256)))
        assert stored.size == (picture.width, picture.height)
        assert picture.media_type == "image/png"
        colors[name] = stored.getpixel((40, 30))
    assert colors == {"content": (250, 20, 30), "style": (255, 255, 255)}


def test_an_unheard_bell_does_not_lose_the_job(
    caplog: pytest.LogCaptureFixture,
) -> None:
    submission, ledger = a_submission(), MemoryLedger()
    job = enqueue(
        submission,
        normalized(submission),
        blobs=MemoryBlobStore(),
        ledger=ledger,
        doorbell=MuteDoorbell(),
    )
    assert ledger.get(job.id).status is JobStatus.QUEUED
    assert job.id in caplog.text


def test_a_full_store_leaves_no_job() -> None:
    class FullBlobs(MemoryBlobStore):
        def put(self, key: str, content: bytes) -> None:
            raise StorageUnavailableError("disk full")

    submission, ledger, bell = a_submission(), MemoryLedger(), MemoryDoorbell()
    with pytest.raises(StorageUnavailableError):
        enqueue(
            submission,
            normalized(submission),
            blobs=FullBlobs(),
            ledger=ledger,
            doorbell=bell,
        )
    assert ledger.queue_depth() == 0
    assert bell.rung == []


def test_a_full_queue_rings_no_bell() -> None:
    diary = Diary()
    ledger = NotingLedger(diary, LedgerRules(queue_limit=1))
    doorbell = NotingDoorbell(diary)

    def submit() -> None:
        submission = a_submission()
        enqueue(
            submission,
            normalized(submission),
            blobs=MemoryBlobStore(),
            ledger=ledger,
            doorbell=doorbell,
        )

    submit()
    with pytest.raises(QueueFullError):
        submit()
    assert diary.entries == ["create", "ring", "create"]


def test_room_is_counted_before_the_pictures_are_decoded() -> None:
    ledger = MemoryLedger()
    require_room(ledger, 1)
    submission = a_submission()
    enqueue(
        submission,
        normalized(submission),
        blobs=MemoryBlobStore(),
        ledger=ledger,
        doorbell=MemoryDoorbell(),
    )
    require_room(ledger, 2)
    with pytest.raises(QueueFullError) as caught:
        require_room(ledger, 1)
    assert (caught.value.depth, caught.value.limit) == (1, 1)


def test_both_pictures_are_inspected_and_the_larger_one_counts() -> None:
    assert inspect_pictures(a_submission(plain(size=(40, 50))), RULES) == 2000
    assert inspect_pictures(a_submission(style=plain(size=(90, 50))), RULES) == 4500
    for bad, name in (
        (a_submission(content=b"x"), "content"),
        (a_submission(style=b"x"), "style"),
    ):
        with pytest.raises(ProblemError) as caught:
            inspect_pictures(bad, RULES)
        assert caught.value.errors[0].field == f"/{name}"
