"""Who hears bells goes on hearing them, whatever became of one."""

import signal
import time
from collections.abc import Callable

import pytest
from celery import Celery
from celery.worker import state
from kombu import Connection
from kombu.transport.virtual import QoS

from app import webhook_process
from app.webhook_process import WebhookSettings
from worker.queue import celery_app
from worker.queue.celery_app import Shutdown
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
    ("words", "asked"),
    [(["Warm"], True), (["Warm", "Cold"], True), (["Cold"], False), ([], False)],
)
def test_only_who_was_told_to_leave_has_not_failed(
    words: list[str], *, asked: bool
) -> None:
    """A supervisor that restarts on failure restarts whom Celery gave up, too."""
    with Shutdown(60, lambda: False) as shutdown:
        for how in words:
            shutdown.begin(how)
    assert shutdown.was_asked is asked


@pytest.fixture
def quits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The signals that this process would have sent itself."""
    sent: list[int] = []
    monkeypatch.setattr("os.kill", lambda pid, number: sent.append(number))
    return sent


class Request:
    """A bell that is being answered, for Celery's set of weak references."""


@pytest.mark.parametrize(
    ("paints", "starts", "hurries", "says"),
    [
        (True, False, True, True),
        (False, True, True, False),
        (False, False, False, False),
    ],
)
def test_grace_ends_for_a_job_and_not_for_an_idle_worker(
    quits: list[int],
    caplog: pytest.LogCaptureFixture,
    *,
    paints: bool,
    starts: bool,
    hurries: bool,
    says: bool,
) -> None:
    caplog.set_level("INFO")
    request = Request()
    if paints:
        state.reserved_requests.add(request)
    try:
        with Shutdown(0.01, lambda: starts) as shutdown:
            shutdown.begin("Warm")
            time.sleep(0.2)
    finally:
        state.reserved_requests.discard(request)
    assert quits == [signal.SIGQUIT] * hurries
    assert ("the running job goes back" in caplog.text) is says


def test_worker_that_ends_in_time_is_not_hurried(quits: list[int]) -> None:
    with Shutdown(0.1, lambda: True) as shutdown:
        shutdown.begin("Warm")
    time.sleep(0.3)
    assert quits == []
