"""Counts how often something was done, by the library `limits`.

Submissions are counted in a moving window, which is exact: never more than the quota
within *any* such span of time. Polls are counted in a fixed one that begins with the
first of them; it may let twice as much through within a span that crosses its border,
but costs little. (The moving window of `limits`, kept in memory, never forgets a name
and looks through all of them again and again: not for a process that lives long.)
"""

import time

import redis
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    RateLimiter,
)

from app.contract.ports import LedgerUnavailableError
from app.contract.rates import Allowance, RatePolicy

_PREFIX = "impasto:rates"


class WindowRateLimiter:
    """Implements the port `RateLimiter` over a strategy of `limits`."""

    def __init__(self, windows: RateLimiter) -> None:
        self._windows = windows

    def hit(self, policy: RatePolicy, identity: str) -> Allowance:
        """Count once, unless the quota is used up."""
        item = RateLimitItemPerSecond(policy.quota, policy.window_s, policy.name)
        try:
            is_granted = self._windows.hit(item, identity)
            window = self._windows.get_window_stats(item, identity)
        except redis.RedisError as error:
            raise LedgerUnavailableError(str(error)) from error
        wait_s = window.reset_time - time.time()
        return Allowance(
            is_granted,
            remaining=max(0, window.remaining),
            reset_s=min(max(0.0, wait_s), policy.window_s),
        )


def local_rates() -> WindowRateLimiter:
    """Return one that counts within this process, cheaply."""
    return WindowRateLimiter(FixedWindowRateLimiter(MemoryStorage()))


def shared_rates(client: redis.Redis) -> WindowRateLimiter:
    """Return one that counts for all processes on this Redis.

    It takes over the client's connections and so its time-outs, whatever its URL.
    """
    storage = RedisStorage(
        "redis://", connection_pool=client.connection_pool, key_prefix=_PREFIX
    )
    return WindowRateLimiter(MovingWindowRateLimiter(storage))
