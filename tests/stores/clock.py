"""A clock that stands still until a test lets time pass, for scripts in Redis, too.

They ask the server for the time; here they read a key instead. So no lease runs out
because the machine is busy, and nobody waits for one that shall. What Redis itself
forgets after a while it forgets by the real time all the same.
"""

import math
import time
from typing import Any

import redis

_KEY = "clock"
#: So many parts of a second are exact in a float, and in microseconds.
_PARTS = 64


class StoppedClock:
    """Shows seconds since 1970, to callers and to scripts that are registered later."""

    def __init__(self, client: redis.Redis, began_s: float) -> None:
        self._client = client
        self._now_s = math.floor(began_s * _PARTS) / _PARTS
        self.show()
        register = client.register_script

        def register_with_clock(script: Any) -> Any:
            asked = "redis.call('TIME')"
            assert asked in script, "how else do scripts know the time?"
            read = f"redis.call('HMGET', '{_KEY}', 's', 'us')"
            return register(script.replace(asked, read))

        client.register_script = register_with_clock  # type: ignore[method-assign]

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return self._now_s

    def pass_time(self, seconds: float) -> None:
        """Let time pass; at least a little."""
        self._now_s += max(1, round(seconds * _PARTS)) / _PARTS
        self.show()

    def wait(self, seconds: float) -> None:
        """Let time pass, and the real time, too."""
        self.pass_time(seconds)
        time.sleep(seconds)

    def show(self) -> None:
        """Let the scripts know the time, after a loss of all data again."""
        micros = round(self._now_s % 1 * 1e6)
        self._client.hset(_KEY, mapping={"s": int(self._now_s), "us": micros})

    def lose_everything(self) -> None:
        """Lose all data, as FLUSHALL does; the clock goes on."""
        self._client.flushall()
        self.show()
