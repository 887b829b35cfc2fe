"""What the outbox promises: each message is sent, and by one at a time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.contract.jobs import new_job_id
from app.contract.messages.deliveries import (
    MAX_LOGGED_ATTEMPTS,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
)
from app.contract.messages.webhooks import WebhookEvent
from app.contract.ports import DueDelivery, LedgerUnavailableError, Outbox
from app.contract.records.wire import WEBHOOK_QUEUE_NAME
from app.stores.connections import connect
from app.stores.outbox import RedisOutbox
from tests.ledgers import ScratchLedger

LEASE_S = 0.25
LONG_S = 0.3
STARTED, SUCCEEDED = WebhookEvent.STARTED, WebhookEvent.SUCCEEDED


@dataclass
class LedgerHarness:
    """An outbox under test, what the ledger does to it, and the means to pass time."""

    outbox: Outbox
    put: Callable[[str, WebhookEvent], None]
    pass_time: Callable[[float], None]

    def take(self) -> DueDelivery:
        due = self.outbox.take(LEASE_S)
        assert due is not None
        return due

    def log(self, job_id: str) -> list[Delivery]:
        return self.outbox.deliveries(job_id)


@pytest.fixture
def harness() -> LedgerHarness:
    ledger = ScratchLedger(stands_still=True)
    return LedgerHarness(ledger.outbox, ledger.make_due, ledger.clock.pass_time)


def attempt(status_code: int | None = 200) -> DeliveryAttempt:
    is_good = status_code == 200
    return DeliveryAttempt(
        at=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        status_code=status_code,
        error=None if is_good else "The host answered otherwise.",
        duration_seconds=0.25,
    )


def test_nothing_is_due_in_an_empty_outbox(harness: LedgerHarness) -> None:
    assert harness.outbox.take(LEASE_S) is None
    assert not harness.outbox.needs_bell()
    assert harness.log(new_job_id()) == []


def test_what_the_ledger_put_in_is_pending_before_anybody_looks(
    harness: LedgerHarness,
) -> None:
    job_id = new_job_id()
    harness.put(job_id, SUCCEEDED)
    (delivery,) = harness.log(job_id)
    assert (delivery.state, delivery.tries) == (DeliveryState.PENDING, 0)
    assert delivery.next_attempt_at is not None
    assert abs(delivery.next_attempt_at.timestamp() - time.time()) < 5


def test_the_message_that_is_due_for_longest_is_taken_first(
    harness: LedgerHarness,
) -> None:
    first, second = new_job_id(), new_job_id()
    harness.put(first, SUCCEEDED)
    harness.pass_time(0.01)
    harness.put(second, STARTED)
    taken = [harness.take().delivery for _ in range(2)]
    assert [(each.job_id, each.event) for each in taken] == [
        (first, SUCCEEDED),
        (second, STARTED),
    ]
    assert harness.outbox.take(LEASE_S) is None


def test_taken_message_is_nobody_elses_until_its_lease_ends(
    harness: LedgerHarness,
) -> None:
    harness.put(new_job_id(), SUCCEEDED)
    lost = harness.take()
    assert harness.outbox.take(LEASE_S) is None
    harness.pass_time(LONG_S)
    found = harness.take()
    assert found.delivery == lost.delivery, "the same try"
    assert found.token != lost.token
    done = found.delivery.after(attempt(), DeliveryState.DELIVERED)
    assert not harness.outbox.settle(lost, done, None), "it came too late"
    assert harness.outbox.settle(found, done, None)
    assert not harness.outbox.settle(found, done, None), "once is enough"


def test_message_made_due_again_during_a_try_is_not_sent_beside_it(
    harness: LedgerHarness,
) -> None:
    job_id = new_job_id()
    harness.put(job_id, STARTED)
    harness.take()
    harness.put(job_id, STARTED)
    assert harness.outbox.take(LEASE_S) is None
    harness.pass_time(LONG_S)
    assert harness.outbox.take(LEASE_S) is not None


def test_arrived_message_is_logged_and_never_due_again(harness: LedgerHarness) -> None:
    job_id = new_job_id()
    harness.put(job_id, SUCCEEDED)
    due = harness.take()
    done = due.delivery.after(attempt(), DeliveryState.DELIVERED)
    assert harness.outbox.settle(due, done, None)
    (logged,) = harness.log(job_id)
    assert logged.state is DeliveryState.DELIVERED
    assert logged.attempts == (attempt(),)
    assert (logged.tries, logged.next_attempt_at) == (1, None)
    harness.pass_time(LONG_S)
    assert harness.outbox.take(LEASE_S) is None


def test_failed_try_is_due_again_after_its_pause_with_all_that_was_tried(
    harness: LedgerHarness,
) -> None:
    job_id = new_job_id()
    harness.put(job_id, SUCCEEDED)
    due = harness.take()
    (under_way,) = harness.log(job_id)
    assert under_way.next_attempt_at is None, "it is under way"
    assert harness.outbox.settle(due, due.delivery.after(attempt(500)), LONG_S)
    assert harness.outbox.take(LEASE_S) is None
    (waiting,) = harness.log(job_id)
    assert waiting.state is DeliveryState.PENDING
    assert waiting.next_attempt_at is not None
    harness.pass_time(LONG_S)
    again = harness.take().delivery
    assert (again.tries, again.attempts) == (1, (attempt(500),))
    assert again.id == due.delivery.id


def test_only_the_last_tries_are_kept(harness: LedgerHarness) -> None:
    job_id = new_job_id()
    harness.put(job_id, SUCCEEDED)
    for status_code in range(500, 511):
        due = harness.take()
        harness.outbox.settle(due, due.delivery.after(attempt(status_code)), 0.0)
        harness.pass_time(0.001)
    (logged,) = harness.log(job_id)
    assert logged.tries == 11
    assert len(logged.attempts) == MAX_LOGGED_ATTEMPTS
    assert logged.attempts[-1].status_code == 510


def test_redelivery_sends_the_same_message_with_a_new_series_of_tries(
    harness: LedgerHarness,
) -> None:
    job_id = new_job_id()
    harness.put(job_id, SUCCEEDED)
    due = harness.take()
    failed = due.delivery.after(attempt(410), DeliveryState.FAILED)
    harness.outbox.settle(due, failed, None)
    assert harness.outbox.redeliver(job_id, SUCCEEDED)
    (logged,) = harness.log(job_id)
    assert (logged.state, logged.tries) == (DeliveryState.PENDING, 0)
    again = harness.take().delivery
    assert again.id == due.delivery.id
    assert again.attempts == (attempt(410),)


def test_redelivery_hurries_a_message_that_waits_and_leaves_one_under_way_alone(
    harness: LedgerHarness,
) -> None:
    job_id = new_job_id()
    harness.put(job_id, SUCCEEDED)
    due = harness.take()
    assert harness.outbox.redeliver(job_id, SUCCEEDED)
    assert harness.outbox.take(LEASE_S) is None
    assert harness.outbox.settle(due, due.delivery.after(attempt(500)), 1000.0)
    assert harness.outbox.redeliver(job_id, SUCCEEDED)
    assert harness.take().delivery.tries == 0


def test_what_never_was_cannot_be_sent_again(harness: LedgerHarness) -> None:
    job_id = new_job_id()
    harness.put(job_id, STARTED)
    assert not harness.outbox.redeliver(job_id, SUCCEEDED)
    assert not harness.outbox.redeliver(new_job_id(), STARTED)
    assert [each.event for each in harness.log(job_id)] == [STARTED]


def test_message_without_a_job_is_dropped_with_its_log(harness: LedgerHarness) -> None:
    job_id = new_job_id()
    harness.put(job_id, SUCCEEDED)
    due = harness.take()
    harness.outbox.drop(due)
    assert harness.log(job_id) == []
    assert not harness.outbox.settle(due, due.delivery.after(attempt()), None)
    harness.pass_time(LONG_S)
    assert harness.outbox.take(LEASE_S) is None


def test_log_is_in_the_order_of_events_whichever_was_tried_first(
    harness: LedgerHarness,
) -> None:
    job_id = new_job_id()
    harness.put(job_id, SUCCEEDED)
    due = harness.take()
    harness.outbox.settle(due, due.delivery.after(attempt()), None)
    harness.put(job_id, STARTED)
    assert [each.event for each in harness.log(job_id)] == [STARTED, SUCCEEDED]


def test_bell_is_needed_while_a_message_is_due_that_nobody_has(
    harness: LedgerHarness,
) -> None:
    harness.put(new_job_id(), SUCCEEDED)
    assert harness.outbox.needs_bell()
    due = harness.take()
    assert not harness.outbox.needs_bell()
    harness.outbox.settle(due, due.delivery.after(attempt(500)), LONG_S)
    assert not harness.outbox.needs_bell(), "not yet"
    harness.pass_time(LONG_S)
    assert harness.outbox.needs_bell()


def test_many_takers_get_each_message_once(harness: LedgerHarness) -> None:
    job_ids = {new_job_id() for _ in range(40)}
    for job_id in job_ids:
        harness.put(job_id, SUCCEEDED)
    taken: list[str] = []

    def take_all() -> None:
        while (due := harness.outbox.take(30.0)) is not None:
            taken.append(due.delivery.job_id)

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(job_ids)


def test_deleted_job_takes_its_log_with_it_even_during_a_try(valkey_url: str) -> None:
    """What the ledger does: its scripts know both keys."""
    client = connect(valkey_url)
    client.flushdb()
    outbox, job_id = RedisOutbox(client), new_job_id()
    client.zadd("impasto:outbox", {f"{job_id}:{SUCCEEDED}": 0})
    due = outbox.take(30.0)
    assert due is not None
    client.delete(f"impasto:deliveries:{job_id}")
    client.zrem("impasto:outbox", f"{job_id}:{SUCCEEDED}")
    assert not outbox.settle(due, due.delivery.after(attempt()), None)
    assert not outbox.redeliver(job_id, SUCCEEDED)
    keys = client.keys("*")
    client.close()
    assert keys == []


def test_no_bell_is_needed_while_one_waits_at_the_broker(valkey_url: str) -> None:
    client = connect(valkey_url)
    client.flushdb()
    client.zadd("impasto:outbox", {f"{new_job_id()}:{SUCCEEDED}": 0})
    client.lpush(WEBHOOK_QUEUE_NAME, "a bell")
    outbox = RedisOutbox(client)
    assert not outbox.needs_bell()
    client.delete(WEBHOOK_QUEUE_NAME)
    assert outbox.needs_bell()
    client.close()


def test_dead_redis_is_an_error_of_the_port_within_seconds(tmp_path: Path) -> None:
    outbox = RedisOutbox(connect(f"unix://{tmp_path}/nobody.sock"))
    delivery = Delivery(job_id=new_job_id(), event=SUCCEEDED)
    due = DueDelivery(delivery, "token")
    began_s = time.monotonic()
    for ask in (
        lambda: outbox.take(1.0),
        lambda: outbox.settle(due, delivery, None),
        lambda: outbox.drop(due),
        lambda: outbox.deliveries("job"),
        lambda: outbox.redeliver("job", SUCCEEDED),
        outbox.needs_bell,
    ):
        with pytest.raises(LedgerUnavailableError):
            ask()
    assert time.monotonic() - began_s < 2


def test_id_belongs_to_the_event_of_the_job() -> None:
    job_id = new_job_id()
    one = Delivery(job_id=job_id, event=SUCCEEDED)
    assert one.id == one.after(attempt(500)).id
    assert one.id != Delivery(job_id=job_id, event=STARTED).id
    assert one.id != Delivery(job_id=new_job_id(), event=SUCCEEDED).id
    assert one.id.startswith("msg_")
