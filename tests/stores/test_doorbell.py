"""The doorbell at a real broker, and at none."""

import base64
import json
import time
from pathlib import Path

import pytest

from app.contract.jobs import new_job_id
from app.contract.kind import Lane
from app.contract.ports import LedgerUnavailableError
from app.contract.records.wire import QUEUE_NAME, QUEUE_NAMES, TASK_NAME, WIRE_VERSION
from app.stores.connections import broker_url, connect
from app.stores.doorbell import CeleryDoorbell, hearing_settings


def test_ring_puts_a_small_message_into_the_queue(valkey_url: str) -> None:
    client = connect(valkey_url)
    client.flushdb()
    job_id = new_job_id()
    CeleryDoorbell(valkey_url).ring(job_id, Lane.LONG)
    message = client.lpop(QUEUE_NAME)
    client.close()
    envelope = json.loads(message)
    assert envelope["headers"]["task"] == TASK_NAME
    submitted_job = base64.b64decode(envelope["body"])
    assert json.loads(submitted_job)[1] == {"version": WIRE_VERSION, "job_id": job_id}
    assert len(submitted_job) < 200
    assert len(message) < 1200, "the rest is Celery's own envelope"


def test_each_lane_has_a_queue_of_its_own(valkey_url: str) -> None:
    client = connect(valkey_url)
    client.flushdb()
    CeleryDoorbell(valkey_url).ring("job_1", Lane.SHORT)
    lengths = {lane: client.llen(name) for lane, name in QUEUE_NAMES.items()}
    client.close()
    assert lengths == {Lane.SHORT: 1, Lane.LONG: 0}


def test_a_worker_hears_the_bells_of_its_lanes_alone() -> None:
    heard = hearing_settings("redis://host", QUEUE_NAMES[Lane.SHORT])
    assert [*heard["task_queues"]] == [QUEUE_NAMES[Lane.SHORT]]


def test_ring_without_a_broker_fails_within_seconds(tmp_path: Path) -> None:
    doorbell = CeleryDoorbell(f"unix://{tmp_path}/nobody.sock")
    began_s = time.monotonic()
    with pytest.raises(LedgerUnavailableError):
        doorbell.ring("job_1", Lane.LONG)
    assert time.monotonic() - began_s < 3


@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock"),
        ("redis://:secret@host:6379/1", "redis://:secret@host:6379/1"),
        ("rediss://host", "rediss://host"),
    ],
)
def test_celery_gets_the_form_of_url_it_knows(redis_url: str, expected: str) -> None:
    assert broker_url(redis_url) == expected


def test_where_a_bell_waits_none_is_added(valkey_url: str) -> None:
    client = connect(valkey_url)
    client.flushdb()
    doorbell = CeleryDoorbell(valkey_url)
    doorbell.ring_if_none_rings(new_job_id(), Lane.LONG)
    doorbell.ring_if_none_rings(new_job_id(), Lane.LONG)
    assert client.llen(QUEUE_NAME) == 1
    client.close()
