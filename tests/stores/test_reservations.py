"""Idempotency keys: the first request wins."""

import contextlib
import threading
import time

import pytest

from app.contract.ports import (
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    Reservations,
)
from tests.ledgers import ScratchLedger

PATIENCE_S = 30.0


@pytest.fixture
def reservations() -> Reservations:
    return ScratchLedger().reservations


def test_second_request_waits_for_the_first(reservations: Reservations) -> None:
    token = reservations.begin("a", "key", PATIENCE_S)
    with pytest.raises(IdempotencyInProgressError):
        reservations.begin("a", "key", PATIENCE_S)
    reservations.begin("b", "key", PATIENCE_S)
    reservations.begin("a", "other", PATIENCE_S)
    reservations.end("a", "key", token)
    reservations.begin("a", "key", PATIENCE_S)


def test_dead_request_blocks_only_for_a_while(reservations: Reservations) -> None:
    late = reservations.begin("a", "key", 0.05)
    time.sleep(0.1)
    reservations.begin("a", "key", PATIENCE_S)
    reservations.end("a", "key", late)
    with pytest.raises(IdempotencyInProgressError):
        reservations.begin("a", "key", PATIENCE_S)


def test_request_that_takes_long_renews_its_reservation(
    reservations: Reservations,
) -> None:
    token = reservations.begin("a", "key", 0.15)
    for _ in range(4):
        time.sleep(0.05)
        reservations.renew("a", "key", token, 0.15)
    with pytest.raises(IdempotencyInProgressError):
        reservations.begin("a", "key", PATIENCE_S)


def test_request_taken_for_dead_cannot_renew(reservations: Reservations) -> None:
    dead = reservations.begin("a", "key", 0.01)
    time.sleep(0.03)
    reservations.renew("a", "key", dead, PATIENCE_S)
    token = reservations.begin("a", "key", 0.05)
    reservations.renew("a", "key", dead, PATIENCE_S)
    time.sleep(0.1)
    assert reservations.begin("a", "key", PATIENCE_S) != token


def test_first_resource_keeps_the_key(reservations: Reservations) -> None:
    assert reservations.remember("a", "key", "print", "job_1") == "job_1"
    assert reservations.remember("a", "key", "print", "job_2") == "job_1"
    assert reservations.remember("b", "key", "print", "job_3") == "job_3"
    assert reservations.remember(None, "key", "print", "job_4") == "job_4"


def test_other_body_under_the_same_key_is_refused(reservations: Reservations) -> None:
    reservations.remember("a", "key", "print", "job_1")
    with pytest.raises(IdempotencyKeyReusedError):
        reservations.remember("a", "key", "another", "job_2")


def test_only_one_of_many_at_once_begins(reservations: Reservations) -> None:
    begun: list[str] = []

    def try_it() -> None:
        with contextlib.suppress(IdempotencyInProgressError):
            begun.append(reservations.begin("a", "key", PATIENCE_S))

    threads = [threading.Thread(target=try_it) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 1
