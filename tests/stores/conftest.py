"""Both ledgers, each on a clean slate."""

import time
from collections.abc import Iterator

import pytest
import redis

from app.stores.connections import connect
from app.stores.feed import RedisFeed
from app.stores.ledger import RedisLedger
from app.stores.memory import MemoryLedger
from tests.stores.bench import RULES, Bench, made_whole
from tests.stores.clock import StoppedClock


@pytest.fixture(params=["memory", "redis"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "memory":
        now = [time.time()]

        def pass_time(seconds: float) -> None:
            now[0] += seconds

        ledger = MemoryLedger(RULES, clock=lambda: now[0])
        yield Bench(
            ledger,
            ledger.feed,
            lambda: set(ledger.outbox),
            ledger.outbox.clear,
            pass_time,
            pass_time,
            lambda: now[0],
            ledger.lose_everything,
            ledger.start_again,
        )
        return
    client = connect(request.getfixturevalue("valkey_url"))
    client.flushall()
    clock = StoppedClock(client, time.time())
    let_server_grow_older(client, RULES.lease_s)
    ledger = made_whole(RedisLedger(client, RULES))
    yield Bench(
        ledger,
        RedisFeed(client),
        lambda: set(client.zrange("impasto:outbox", 0, -1)),
        lambda: client.delete("impasto:outbox"),
        clock.pass_time,
        clock.wait,
        clock,
        clock.lose_everything,
        lambda: client.set("impasto:generation", "another run"),
    )
    client.close()


def let_server_grow_older(client: redis.Redis, lease_s: float) -> None:
    while client.info("server")["uptime_in_seconds"] <= lease_s:
        time.sleep(0.05)
