"""A clock that stands still until a test lets time pass, for a Redis client's scripts.

They ask the server for the time; here they read a key instead. So no lease runs out
because the machine is busy, and nobody waits for one that shall. What Redis itself
forgets after a while it forgets by the real time all the same.
"""

import math
import time
from typing import Any

import redis

_KEY = "clock"
#: What scripts, and clients without a script, ask instead of the server's `TIME`.
_READ = f"redis.call('HMGET', '{_KEY}', 's', 'us')"
_TIME = f"local t = {_READ} return {{tonumber(t[1]), tonumber(t[2])}}"
#: So many parts of a second are exact in a float, and in microseconds.
_PARTS = 64


def edit_scripts(client: redis.Redis, asked: str, answer: str) -> None:
    """Let scripts that are registered from now on find `answer` where they ask."""
    register = client.register_script

    def register_edited(script: Any) -> Any:
        return register(script.replace(asked, answer))

    client.register_script = register_edited  # type: ignore[method-assign]


class StoppedClock:
    """Shows seconds since 1970, to callers and to scripts that are registered later."""

    def __init__(self, client: redis.Redis, began_s: float | None = None) -> None:
        self._client = client
        self._now_s = math.floor((began_s or time.time()) * _PARTS) / _PARTS
        self.show()
        edit_scripts(client, "redis.call('TIME')", _READ)
        client.time = lambda: client.eval(_TIME, 0)  # type: ignore[method-assign]
        pipeline_of = client.pipeline

        def pipeline(**options: Any) -> Any:
            made: Any = pipeline_of(**options)
            made.time = lambda: made.eval(_TIME, 0)
            return made

        client.pipeline = pipeline  # type: ignore[method-assign, assignment]

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return self._now_s

    def pass_time(self, seconds: float) -> None:
        """Let time pass; at least a little."""
        self._now_s += max(1, math.ceil(seconds * _PARTS)) / _PARTS
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
        self._client.flushdb()
        self.show()
