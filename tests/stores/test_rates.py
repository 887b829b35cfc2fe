import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.contract.ports import LedgerUnavailableError
from app.contract.rates import RateLimiter, RatePolicy
from app.stores.connections import connect
from app.stores.rates import WindowRateLimiter, local_rates, shared_rates

POLICY = RatePolicy("submit", quota=3, window_s=60)


@pytest.fixture
def client(valkey_url: str) -> redis.Redis:
    client = connect(valkey_url)
    client.flushdb()
    return client


@pytest.fixture(params=["local", "redis"])
def rates(request: pytest.FixtureRequest) -> RateLimiter:
    if request.param == "local":
        return local_rates()
    return shared_rates(request.getfixturevalue("client"))


def test_the_quota_is_granted_and_not_one_more(rates: RateLimiter) -> None:
    answers = [rates.hit(POLICY, "ada") for _ in range(5)]
    assert [each.is_granted for each in answers] == [True] * 3 + [False] * 2
    assert [each.remaining for each in answers] == [2, 1, 0, 0, 0]


def test_a_refusal_says_when_the_next_is_granted(rates: RateLimiter) -> None:
    for _ in range(3):
        rates.hit(POLICY, "ada")
    assert 55 < rates.hit(POLICY, "ada").reset_s <= 60


def test_a_refusal_does_not_put_off_the_next_grant(
    rates: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = RatePolicy("poll", quota=1, window_s=1)
    assert rates.hit(short, "ada").is_granted
    refused = rates.hit(short, "ada")
    assert not refused.is_granted
    clock_s = time.time() + refused.reset_s + 0.01
    monkeypatch.setattr("time.time", lambda: clock_s)
    assert rates.hit(short, "ada").is_granted


def test_each_identity_and_each_policy_has_a_count_of_its_own(
    rates: RateLimiter,
) -> None:
    for _ in range(3):
        rates.hit(POLICY, "ada")
    assert rates.hit(POLICY, "grace").remaining == 2
    other = RatePolicy("poll", quota=3, window_s=60)
    assert rates.hit(other, "ada").remaining == 2


def test_processes_share_the_count(client: redis.Redis, valkey_url: str) -> None:
    limiters = [shared_rates(client), shared_rates(connect(valkey_url))]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda i: limiters[i % 2].hit(POLICY, "ada"), range(20))
    assert sum(each.is_granted for each in answers) == 3


def test_a_local_count_forgets_who_stays_away() -> None:
    storage = MemoryStorage()
    rates = WindowRateLimiter(FixedWindowRateLimiter(storage))
    for number in range(50):
        rates.hit(RatePolicy("poll", quota=1, window_s=1), f"job {number}")
    assert len(storage.storage) == 50
    time.sleep(1.05)
    rates.hit(POLICY, "ada")  # sweeps, in a thread of its own
    time.sleep(0.1)
    assert len(storage.storage) == 1


def test_counts_do_not_stay_for_ever(client: redis.Redis) -> None:
    shared_rates(client).hit(POLICY, "ada")
    (key,) = client.keys("*")
    assert key.startswith("impasto:rates")
    assert 0 < client.ttl(key) <= 60


@pytest.mark.parametrize("scheme", ["redis", "unix"])
def test_a_redis_that_is_away_is_an_outage(tmp_path: Path, scheme: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = {"redis": f"redis://127.0.0.1:{port}/0", "unix": f"unix://{tmp_path}/no"}
    rates = shared_rates(connect(url[scheme]))
    with pytest.raises(LedgerUnavailableError):
        rates.hit(POLICY, "ada")


@pytest.mark.parametrize("numbers", [{"quota": 0}, {"window_s": 0}])
def test_a_policy_that_allows_nothing_is_refused(numbers: dict[str, int]) -> None:
    make: Callable[..., RatePolicy] = RatePolicy
    with pytest.raises(ValueError, match="1 at least"):
        make("submit", **({"quota": 1, "window_s": 1} | numbers))
