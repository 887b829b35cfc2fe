"""A ledger that contradicts itself is found out, and can be emptied: Redis and twin."""

from collections.abc import Callable
from typing import Any

import pytest

from app.contract.ports import (
    JobNotFoundError,
    LedgerDamagedError,
    RestorationLostError,
)
from app.stores.connections import connect
from app.stores.ledger import LedgerRules, RedisLedger
from tests.stores.bench import Bench, made_whole
from tests.stores.slips import new_job

PREFIX = "impasto:"


def token_of(ledger: Any) -> str:
    token: str = ledger.begin_restoring()
    assert token
    return token


def test_sound_ledger_tells_its_jobs(bench: Bench) -> None:
    waiting, running, ended = new_job(), new_job(), new_job()
    bench.ledger.create(ended)
    bench.ledger.request_cancel(ended.id)
    bench.ledger.create(running)
    assert bench.ledger.claim("", "w") is not None
    bench.ledger.create(waiting)
    jobs = bench.ledger.checked_jobs(token_of(bench.ledger))
    assert {each: job and job.status for each, job in jobs.items()} == {
        waiting.id: "queued",
        running.id: "starting",
        ended.id: None,
    }


def test_dropped_job_was_never_there(bench: Bench) -> None:
    first, second = new_job(), new_job()
    bench.ledger.create(first)
    bench.ledger.create(second)
    token = token_of(bench.ledger)
    bench.ledger.drop(token, first.id)
    bench.ledger.drop(token, "job_unknown")
    assert set(bench.ledger.checked_jobs(token)) == {second.id}
    bench.ledger.finish_restoring(token, 0)
    with pytest.raises(JobNotFoundError):
        bench.ledger.get(first.id)
    claim = bench.ledger.claim("", "w")
    assert claim is not None
    assert claim.job_id == second.id


def test_wiped_ledger_is_empty_and_the_token_still_counts(bench: Bench) -> None:
    bench.ledger.create(new_job())
    token = token_of(bench.ledger)
    bench.ledger.wipe(token)
    assert bench.ledger.checked_jobs(token) == {}
    assert not bench.ledger.is_whole()
    bench.ledger.finish_restoring(token, 0)
    assert bench.ledger.is_whole()


@pytest.mark.parametrize("step", ["drop", "wipe"])
def test_steps_need_the_token(bench: Bench, step: str) -> None:
    order = new_job()
    bench.ledger.create(order)
    arguments = (order.id,) if step == "drop" else ()
    with pytest.raises(RestorationLostError):
        getattr(bench.ledger, step)("old", *arguments)
    assert bench.ledger.get(order.id)


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
def test_contradiction_is_found(valkey_url: str, contradiction: str) -> None:
    client: Any = connect(valkey_url)
    client.flushall()
    ledger = made_whole(RedisLedger(client, LedgerRules()))
    order = new_job()
    ledger.create(order)
    token = token_of(ledger)
    assert set(ledger.checked_jobs(token)) == {order.id}
    CONTRADICTIONS[contradiction](client, f"{PREFIX}job:{order.id}", order.id)
    with pytest.raises(LedgerDamagedError):
        ledger.checked_jobs(token)
    ledger.wipe(token)
    assert ledger.checked_jobs(token) == {}
    client.flushall()
    client.close()


def test_jobs_that_ended_or_wait_again_are_no_contradiction(valkey_url: str) -> None:
    client: Any = connect(valkey_url)
    client.flushall()
    ledger = made_whole(RedisLedger(client, LedgerRules()))
    canceled, again, running = new_job(), new_job(), new_job()
    for each in (canceled, again, running):
        ledger.create(each)
    ledger.request_cancel(canceled.id)
    claim = ledger.claim("", "w")
    assert claim is not None
    ledger.hand_back(*claim)
    assert ledger.claim("", "w2") is not None
    assert len(ledger.checked_jobs(token_of(ledger))) == 3
    client.flushall()
    client.close()
