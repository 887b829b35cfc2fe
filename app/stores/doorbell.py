"""The doorbells: Celery carries a job's id to some worker, or wakes the webhooks."""

from typing import Any

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from app.contract.kind import Lane
from app.contract.ports import LedgerUnavailableError
from app.contract.records.wire import (
    QUEUE_NAMES,
    TASK_NAME,
    WEBHOOK_QUEUE_NAME,
    WEBHOOK_TASK_NAME,
    WIRE_VERSION,
    Bell,
)
from app.stores.celery_apps import new_celery
from app.stores.connections import connect, socket_options


class CeleryDoorbell:
    """Implements the `Doorbell` port; it publishes and never waits for a result."""

    def __init__(self, redis_url: str) -> None:
        self._celery = _publisher(redis_url)
        self._redis = connect(redis_url)

    def ring_if_none_rings(self, job_id: str, lane: Lane) -> None:
        """Ring, unless a bell waits to be heard; raise LedgerUnavailableError."""
        try:
            waiting = self._redis.llen(QUEUE_NAMES[lane])
        except redis.RedisError as error:
            raise LedgerUnavailableError(str(error)) from error
        if not waiting:
            self.ring(job_id, lane)

    def ring(self, job_id: str, lane: Lane) -> None:
        bell = Bell(version=WIRE_VERSION, job_id=job_id)
        _send(self._celery, TASK_NAME, QUEUE_NAMES[lane], bell.model_dump())


class CeleryWebhookBell:
    """Implements the `WebhookBell` port."""

    def __init__(self, redis_url: str) -> None:
        self._celery = _publisher(redis_url)

    def ring(self) -> None:
        _send(self._celery, WEBHOOK_TASK_NAME, WEBHOOK_QUEUE_NAME, {})


# Any: Celery takes settings by name, each with a type of its own.
def bell_settings(redis_url: str) -> dict[str, Any]:
    """Return the settings of those who ring: JSON alone, no results, no long waits."""
    return {
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "broker_transport_options": socket_options(redis_url),
    }


def hearing_settings(redis_url: str, *queues: str) -> dict[str, Any]:
    """Return the settings of those who hear: they forget a bell once it has rung.

    What a dead process had begun is recovered by leases, not by redelivery. Late
    acknowledgement ran jobs twice when a connection was cut (celery#5935).
    """
    return {
        **bell_settings(redis_url),
        "task_acks_late": False,
        "task_default_queue": queues[0],
        "task_queues": {name: {} for name in queues},
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # A server without memory refuses what connecting writes: wait, do not end.
        "broker_channel_error_retry": True,
        # No message waits behind a running task: another process may be free. It is
        # the running tasks that are counted, not the messages: one whose
        # acknowledgement found no Redis is never taken off kombu's account, and with
        # a bound of one the process would be deaf from then on, yet look alive.
        "worker_disable_prefetch": True,
        "worker_prefetch_multiplier": 0,
        "worker_redirect_stdouts": False,
    }


def _publisher(redis_url: str) -> Celery:
    celery = new_celery("impasto", redis_url, set_as_current=False)
    celery.conf.update(bell_settings(redis_url))
    return celery


# Any: the values that JSON can hold.
def _send(celery: Celery, task: str, queue: str, message: dict[str, Any]) -> None:
    try:
        celery.send_task(
            task,
            kwargs=message,
            queue=queue,
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0.1},
        )
    # A server without memory refuses; kombu passes that on as it comes.
    except (OperationalError, redis.RedisError) as error:
        raise LedgerUnavailableError(str(error)) from error
