"""Redis without memory refuses new jobs; those it has run to their ends."""

from collections.abc import Iterator

import pytest
import redis

from app.contract.jobs import EarlyEnd, JobStatus
from app.contract.kind import Lane
from app.contract.messages.webhooks import Webhook, WebhookEvent
from app.contract.ports import BeatReply, LedgerUnavailableError
from app.contract.records.wire import early_end_key, end_key, job_record_key, upload_key
from app.stores.connections import connect
from app.stores.doorbell import CeleryDoorbell
from app.stores.outbox import RedisOutbox
from tests.ledgers import AbleLedger, made_whole
from tests.stores.harness import RULES
from tests.stores.new_jobs import new_job, outcome, progress


@pytest.fixture
def client(valkey_url: str) -> Iterator[redis.Redis]:
    client = connect(valkey_url)
    client.flushdb()
    yield client
    client.config_set("maxmemory", 0)
    client.close()


@pytest.fixture
def ledger(client: redis.Redis) -> AbleLedger:
    return made_whole(AbleLedger(client, RULES))


def fill(client: redis.Redis) -> None:
    client.config_set("maxmemory", 1)


def test_new_job_is_refused_whole(client: redis.Redis, ledger: AbleLedger) -> None:
    before = set(client.keys("impasto:*"))
    fill(client)
    with pytest.raises(LedgerUnavailableError):
        ledger.create(new_job())
    assert set(client.keys("impasto:*")) <= before


def test_running_job_keeps_its_lease_and_commits(
    client: redis.Redis, ledger: AbleLedger
) -> None:
    hook = Webhook(url="https://example.org/hook")
    submitted_job = new_job({"webhook": hook})
    ledger.create(submitted_job)
    fill(client)
    assert ledger.claim("bell", "w") == (submitted_job.id, 1)
    assert ledger.beat(submitted_job.id, 1, progress(1)).reply is BeatReply.GO_ON
    assert ledger.succeed(submitted_job.id, 1, outcome("results/a/1.png"))
    assert ledger.get(submitted_job.id).status is JobStatus.SUCCEEDED
    outbox = RedisOutbox(client)
    due = outbox.take(30)
    assert due is not None
    assert due.delivery.event is WebhookEvent.SUCCEEDED
    assert outbox.settle(due, due.delivery, None)


def test_waiting_job_is_handed_back_canceled_deleted_and_swept(
    client: redis.Redis, ledger: AbleLedger
) -> None:
    submitted_job = new_job()
    ledger.create(submitted_job)
    fill(client)
    ledger.claim(submitted_job.id, "w")
    assert ledger.hand_back(submitted_job.id, 1)
    assert ledger.requests.cancel(submitted_job.id).status is JobStatus.CANCELED
    ledger.reap()
    ledger.delete(submitted_job.id)
    due = {upload_key(submitted_job.inputs["content"].sha256)}
    due |= {
        job_record_key(submitted_job.id),
        early_end_key(submitted_job.id, EarlyEnd.CANCEL),
    }
    assert set(ledger.sweep()) == due | {end_key(submitted_job.id)}


def test_ledger_that_would_take_no_job_does_not_pass_for_ready(
    client: redis.Redis, ledger: AbleLedger
) -> None:
    before = client.keys("*")
    ledger.ping()
    assert client.keys("*") == before, "asking leaves nothing behind"
    fill(client)
    with pytest.raises(LedgerUnavailableError, match="maxmemory"):
        ledger.ping()


def test_bell_that_finds_no_room_says_that_nobody_can_hear_it(
    client: redis.Redis, valkey_url: str
) -> None:
    fill(client)
    with pytest.raises(LedgerUnavailableError, match="maxmemory"):
        CeleryDoorbell(valkey_url).ring("job_1", Lane.LONG)
