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
            pass_time,
            ledger.lose_everything,
            ledger.start_again,
        )
        return
    client = connect(request.getfixturevalue("valkey_url"))
    client.flushall()
    _let_server_grow_older_than_a_lease(client)
    ledger = made_whole(RedisLedger(client, RULES))
    yield Bench(
        ledger,
        RedisFeed(client),
        lambda: set(client.zrange("impasto:outbox", 0, -1)),
        time.sleep,
        client.flushall,
        lambda: client.set("impasto:generation", "another run"),
    )
    client.close()


def _let_server_grow_older_than_a_lease(client: redis.Redis) -> None:
    while client.info("server")["uptime_in_seconds"] <= RULES.lease_s:
        time.sleep(0.05)
