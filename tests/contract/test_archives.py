"""What is kept of jobs comes back equal, and nothing else is taken for it."""

import json
from datetime import UTC, datetime

import pytest

from app.contract.batches import Batch
from app.contract.jobs import IdempotencyKey, Job, JobStatus
from app.contract.messages.webhooks import Webhook
from app.contract.records.archives import (
    ArchivedBatch,
    ArchivedEnd,
    JobRecord,
    UnreadableArchiveError,
    read_archive,
)
from tests.stores.new_jobs import a_row, new_job, outcome, progress

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SECRET = "whsec_" + "A" * 32
NEW_JOB = new_job(
    {
        "owner": "key_1",
        "deadline_at": NOW,
        "metadata": {"user": "\x00 ü 😀"},
        "batch_id": "bat_" + "1" * 32,
        "webhook": Webhook(url="https://example.org", secret=SECRET),
        "idempotency": IdempotencyKey(key="k", fingerprint="ab"),
    }
)
ENDED = Job(
    **NEW_JOB.model_dump(),
    status=JobStatus.SUCCEEDED,
    revision=7,
    attempt=2,
    created_at=NOW,
    completed_at=NOW,
    expires_at=NOW,
    progress=progress(),
    outcome=outcome(),
)
ARCHIVES = [
    JobRecord(created_at=NOW, job=NEW_JOB),
    ArchivedEnd(job=ENDED, losses=(a_row(1, 1, 3.5, 1.0, 2.0, 0.5),)),
    ArchivedBatch(
        created_at=NOW,
        batch=Batch(
            id=NEW_JOB.batch_id or "", contents=1, styles=1, job_ids=(NEW_JOB.id,)
        ),
    ),
]


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda each: each.kind)
def test_what_is_written_is_read(archive: JobRecord) -> None:
    assert read_archive(type(archive), archive.to_json()) == archive


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda each: each.kind)
@pytest.mark.parametrize(
    "change",
    [{"version": 3}, {"kind": "other"}, {"later": 1}, {"job": None, "batch": None}],
    ids=lambda change: next(iter(change)),
)
def test_what_is_not_ours_is_refused(
    archive: JobRecord, change: dict[str, object]
) -> None:
    content = json.dumps(json.loads(archive.to_json()) | change).encode()
    with pytest.raises(UnreadableArchiveError):
        read_archive(type(archive), content)


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"[]", b'{"version":1}'])
def test_what_is_damaged_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableArchiveError):
        read_archive(JobRecord, content)


def test_a_refusal_quotes_nothing_of_the_file() -> None:
    document = json.loads(ARCHIVES[0].to_json())
    document["job"]["webhook"]["secret"] = "no secret but a password"
    with pytest.raises(UnreadableArchiveError) as caught:
        read_archive(JobRecord, json.dumps(document).encode())
    assert "password" not in str(caught.value)
    assert "job/webhook/secret" in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_end_that_is_none_is_refused() -> None:
    open_job = ENDED.model_copy(update={"status": JobStatus.PROCESSING})
    with pytest.raises(UnreadableArchiveError, match="no end"):
        read_archive(ArchivedEnd, ArchivedEnd(job=open_job).to_json())
