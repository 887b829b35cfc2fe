"""The worker registry in Redis: who is alive, and when it was last heard of."""

from datetime import UTC, datetime
from typing import Any

import redis

from app.contract.workers import WorkerInfo
from app.stores.ledger import keys
from app.stores.ledger.rules import LedgerRules
from app.stores.ledger.scripts import translated_errors


class RedisWorkerRegistry:
    """Implements the `WorkerRegistry` port, by the server's clock."""

    def __init__(self, client: redis.Redis, rules: LedgerRules) -> None:
        # Any: redis-py's types do not tell texts from bytes; ours decodes answers.
        self._redis: Any = client
        self._rules = rules

    def announce(self, info: WorkerInfo) -> None:
        """Note that a worker is alive, and forget those that have gone."""
        with translated_errors():
            now_s = self._server_time_s()
            oldest_s = now_s - self._rules.worker_patience_s
            gone = self._redis.zrangebyscore(keys.WORKERS, "-inf", oldest_s)
            pipeline = self._redis.pipeline(transaction=True)
            if gone:
                pipeline.zrem(keys.WORKERS, *gone)
                pipeline.hdel(keys.WORKER_CARDS, *gone)
            pipeline.zadd(keys.WORKERS, {info.name: now_s})
            pipeline.hset(keys.WORKER_CARDS, info.name, info.model_dump_json())
            pipeline.delete(keys.WORKERS_ABSENCE)
            pipeline.execute()

    def forget(self, name: str) -> None:
        with translated_errors():
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.zrem(keys.WORKERS, name)
            pipeline.hdel(keys.WORKER_CARDS, name)
            pipeline.execute()

    def explain(self, words: str, valid_s: float) -> None:
        """Say why there is no worker; what holds for longer is not replaced.

        Another worker that is only starting shall not hide why the first cannot.
        """
        with translated_errors():
            if self._redis.ttl(keys.WORKERS_ABSENCE) <= valid_s:
                self._redis.set(keys.WORKERS_ABSENCE, words, px=round(valid_s * 1000))

    def explanation(self) -> str | None:
        with translated_errors():
            words: str | None = self._redis.get(keys.WORKERS_ABSENCE)
        return words

    def workers(self) -> list[WorkerInfo]:
        with translated_errors():
            oldest_s = self._server_time_s() - self._rules.worker_patience_s
            seen = dict(
                self._redis.zrangebyscore(
                    keys.WORKERS, oldest_s, "+inf", withscores=True
                )
            )
            infos = self._redis.hmget(keys.WORKER_CARDS, list(seen)) if seen else []
        return sorted(
            (
                WorkerInfo.model_validate_json(text).model_copy(
                    update={"seen_at": datetime.fromtimestamp(seen_s, UTC)}
                )
                for text, seen_s in zip(infos, seen.values(), strict=True)
                if text is not None
            ),
            key=lambda info: info.name,
        )

    def _server_time_s(self) -> float:
        seconds, microseconds = self._redis.time()
        return float(seconds + microseconds / 1e6)
