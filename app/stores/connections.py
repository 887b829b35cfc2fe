"""One way to reach Redis: short time-outs, one retry, and both forms of its URL."""

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

#: A healthy server answers in milliseconds; a request must not wait for a dead one.
CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 3.0


def connect(redis_url: str) -> redis.Redis:
    """Return a client; nothing is opened before its first command.

    One retry at once: a pooled connection may have been cut by a restarted server. A
    server that does not answer in time is not asked again: the caller waits already.

    Args:
        redis_url: `redis://`, `rediss://` or `unix:///path`.
    """
    return redis.Redis.from_url(
        redis_url,
        decode_responses=True,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        **socket_options(redis_url),
    )


# Any: redis-py and kombu take these by name, each with a type of its own.
def socket_options(redis_url: str) -> dict[str, Any]:
    """Return what keeps a client from waiting for ever on a dead connection."""
    options = {
        "socket_timeout": ANSWER_TIMEOUT_S,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
    }
    if redis_url.startswith("unix://"):
        return options  # a unix socket needs no keep-alive, and knows none
    return {**options, "socket_keepalive": True}


def broker_url(redis_url: str) -> str:
    """Return the same server in the form that Celery wants.

    kombu calls a unix socket `redis+socket://`, redis-py calls it `unix://`.
    """
    if redis_url.startswith("unix://"):
        return redis_url.replace("unix://", "redis+socket://", 1)
    return redis_url
