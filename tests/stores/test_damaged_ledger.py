"""A ledger that contradicts itself is found out, and can be emptied."""

from collections.abc import Callable
from typing import Any

import pytest

from app.contract.ports import (
    JobNotFoundError,
    LedgerDamagedError,
    RestorationLostError,
)
from tests.stores.harness import LedgerHarness
from tests.stores.new_jobs import new_job

PREFIX = "impasto:"


def token_of(harness: LedgerHarness) -> str:
    token = harness.restoration.begin_restoring()
    assert token
    return token


def test_sound_ledger_tells_its_jobs(harness: LedgerHarness) -> None:
    waiting, running, ended = new_job(), new_job(), new_job()
    harness.ledger.create(ended)
    harness.ledger.requests.cancel(ended.id)
    harness.ledger.create(running)
    assert harness.ledger.claim("", "w") is not None
    harness.ledger.create(waiting)
    jobs = harness.restoration.checked_jobs(token_of(harness))
    assert {each: job and job.status for each, job in jobs.items()} == {
        waiting.id: "queued",
        running.id: "starting",
        ended.id: None,
    }


def test_dropped_job_was_never_there(harness: LedgerHarness) -> None:
    first, second = new_job(), new_job()
    harness.ledger.create(first)
    harness.ledger.create(second)
    token = token_of(harness)
    harness.restoration.drop(token, first.id)
    harness.restoration.drop(token, "job_unknown")
    assert set(harness.restoration.checked_jobs(token)) == {second.id}
    harness.restoration.finish_restoring(token, 0)
    with pytest.raises(JobNotFoundError):
        harness.ledger.get(first.id)
    claim = harness.ledger.claim("", "w")
    assert claim is not None
    assert claim.job_id == second.id


def test_wiped_ledger_is_empty_and_the_token_still_counts(
    harness: LedgerHarness,
) -> None:
    harness.ledger.create(new_job())
    token = token_of(harness)
    harness.restoration.wipe(token)
    assert harness.restoration.checked_jobs(token) == {}
    assert not harness.restoration.is_whole()
    harness.restoration.finish_restoring(token, 0)
    assert harness.restoration.is_whole()


@pytest.mark.parametrize("step", ["drop", "wipe"])
def test_steps_need_the_token(harness: LedgerHarness, step: str) -> None:
    order = new_job()
    harness.ledger.create(order)
    arguments = (order.id,) if step == "drop" else ()
    with pytest.raises(RestorationLostError):
        getattr(harness.restoration, step)("old", *arguments)
    assert harness.ledger.get(order.id)


#: What a damaged file may do to a ledger with one job that waits; `j` is its key.
CONTRADICTIONS: dict[str, Callable[[Any, str, str], object]] = {
    "record that is no text": lambda r, j, _: r.hset(j, "slip", b"\xff\xfe"),
    "record that is no JSON": lambda r, j, _: r.hset(j, "slip", "{"),
    "record without a field": lambda r, j, _: r.hdel(j, "attempt"),
    "record without an owner": lambda r, j, _: r.hdel(j, "owner"),
    "record without a fingerprint": lambda r, j, _: r.hdel(j, "fingerprint"),
    "record of another job": lambda r, j, _: r.rename(j, f"{j}x"),
    "unknown status": lambda r, j, _: r.hset(j, "status", "quEued"),
    "number that is none": lambda r, j, _: r.hset(j, "charge", "1o"),
    "record that is gone": lambda r, j, _: r.delete(j),
    "record of another type": lambda r, j, _: (r.delete(j), r.set(j, "x")),
    "queue with somebody else": lambda r, _, __: r.zadd(f"{PREFIX}queue", {"x": 1}),
    "queue of another lane": lambda r, _, i: r.zadd(f"{PREFIX}short:queue", {i: 1}),
    "lane that is another": lambda r, j, _: r.hset(j, "lane", "short"),
    "needs that are no JSON": lambda r, j, _: r.hset(j, "needs", "{"),
    "needs that are others": lambda r, _, i: r.hset(f"{PREFIX}asked", i, "{}"),
    "command that is no JSON": lambda r, _, i: r.hset(
        f"{PREFIX}commands:{i}", "a", "["
    ),
    "command without number": lambda r, _, i: r.hset(
        f"{PREFIX}commands:{i}", "a", '["b"]'
    ),
    "bell for nobody": lambda r, _, __: r.zadd(f"{PREFIX}bells", {"x": 1}),
    "lease of nobody": lambda r, _, __: r.zadd(f"{PREFIX}leases", {"x": 1}),
    "lease of a waiting job": lambda r, _, i: r.zadd(f"{PREFIX}leases", {i: 1}),
    "deadline of nobody": lambda r, _, __: r.zadd(f"{PREFIX}deadlines", {"x": 1}),
    "end of nobody": lambda r, _, __: r.zadd(f"{PREFIX}ended", {"x": 1}),
    "end that is unknown": lambda r, _, i: r.sadd(f"{PREFIX}unwritten", i),
    "line without the job": lambda r, _, __: r.delete(*r.keys(f"{PREFIX}line:*")),
    "line with somebody else": lambda r, _, __: r.zadd(
        r.keys(f"{PREFIX}line:*")[0], {"x": 0}
    ),
    "list without the job": lambda r, _, __: r.delete(*r.keys(f"{PREFIX}jobs:*")),
    "count without the job": lambda r, _, __: r.delete(*r.keys(f"{PREFIX}active:*")),
    "pictures that nobody holds": lambda r, _, __: r.delete(
        *r.keys(f"{PREFIX}holders:*")
    ),
    "pictures that are due": lambda r, _, __: r.delete(f"{PREFIX}blobs"),
    "loss that is no JSON": lambda r, _, i: r.rpush(f"{PREFIX}losses:{i}", "["),
    "preview that is no JSON": lambda r, _, i: r.rpush(f"{PREFIX}previews:{i}", "["),
    "checkpoint that is no JSON": lambda r, j, _: r.hset(j, "checkpoint", "["),
    "counter that is no number": lambda r, _, __: r.hset(f"{PREFIX}counters", "a", "b"),
    "order that is no number": lambda r, _, __: r.hset(f"{PREFIX}order", "a", "b"),
    "fence that is no number": lambda r, _, __: r.set(f"{PREFIX}fence_base", "b"),
    "sample that is no JSON": lambda r, _, __: r.rpush(f"{PREFIX}samples", "["),
}


@pytest.mark.parametrize("contradiction", CONTRADICTIONS)
def test_contradiction_is_found(harness: LedgerHarness, contradiction: str) -> None:
    order = new_job()
    harness.ledger.create(order)
    token = token_of(harness)
    assert set(harness.restoration.checked_jobs(token)) == {order.id}
    make_it = CONTRADICTIONS[contradiction]
    make_it(harness.ledger.client, f"{PREFIX}job:{order.id}", order.id)
    with pytest.raises(LedgerDamagedError):
        harness.restoration.checked_jobs(token)
    harness.restoration.wipe(token)
    assert harness.restoration.checked_jobs(token) == {}


def test_jobs_that_ended_or_wait_again_are_no_contradiction(
    harness: LedgerHarness,
) -> None:
    canceled, again, running = new_job(), new_job(), new_job()
    for each in (canceled, again, running):
        harness.ledger.create(each)
    harness.ledger.requests.cancel(canceled.id)
    claim = harness.ledger.claim("", "w")
    assert claim is not None
    harness.ledger.hand_back(*claim)
    assert harness.ledger.claim("", "w2") is not None
    assert len(harness.restoration.checked_jobs(token_of(harness))) == 3
