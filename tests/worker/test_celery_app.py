"""Who hears bells goes on hearing them, whatever became of one."""

from collections.abc import Callable

import pytest
from celery import Celery
from kombu import Connection
from kombu.transport.virtual import QoS

from app import webhook_process
from app.webhook_process import WebhookSettings
from worker import celery_app
from worker.settings import WorkerSettings


@pytest.mark.parametrize(
    "build",
    [
        lambda: celery_app.build_celery(WorkerSettings()),
        lambda: webhook_process.build_celery(WebhookSettings()),
    ],
    ids=["worker", "webhooks"],
)
def test_bells_that_could_not_be_acknowledged_make_nobody_deaf(
    build: Callable[[], Celery],
) -> None:
    """Celery logs such an error and forgets the message; kombu counts it for ever."""
    conf = build().conf
    bound = conf.worker_concurrency * conf.worker_prefetch_multiplier
    with Connection("memory://") as connection, connection.channel() as channel:
        account = QoS(channel, prefetch_count=bound)
        for tag in range(conf.worker_concurrency):
            account.append(object(), str(tag))
        assert account.can_consume()
        account._delivered.clear()  # nothing to restore at the end
    assert conf.worker_disable_prefetch, "running tasks are the bound instead"


@pytest.mark.parametrize(
    ("shutdowns", "code"),
    [(["Warm"], 0), (["Warm", "Cold"], 0), (["Cold"], 1), ([], 1)],
)
def test_only_who_was_told_to_leave_has_not_failed(
    shutdowns: list[str], code: int
) -> None:
    """A supervisor that restarts on failure restarts whom Celery gave up, too."""
    assert celery_app.exit_code(shutdowns) == code
