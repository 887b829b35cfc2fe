"""`impasto webhooks` as a process of its own, over a real Valkey."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import redis

from app.contract.jobs import Job
from app.contract.messages.deliveries import Delivery, DeliveryState
from app.contract.messages.webhooks import Webhook
from app.settings import WebhookSettings
from app.stores.connections import connect
from app.stores.doorbell import CeleryWebhookBell
from app.stores.ledger import LedgerRules
from app.stores.outbox import RedisOutbox
from app.webhook_process import shown_secrets
from app.webhooks.signatures import parse_secret
from tests.app.outbound.servers import Server, answer, serving
from tests.app.webhooks.test_sender import is_signed, parts
from tests.ledgers import AbleLedger, made_whole
from tests.stores.new_jobs import new_job, outcome

MOST_MEMORY_BYTES = 80 * 10**6
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@contextmanager
def running(
    valkey_url: str, data_dir: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    data_dir.mkdir(exist_ok=True)
    with (data_dir / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "app.cli", "webhooks"],
            env={
                **os.environ,
                "IMPASTO_REDIS_URL": valkey_url,
                "IMPASTO_DATA_DIR": str(data_dir),
                "IMPASTO_ALLOW_PRIVATE_URLS": "true",
                **environment,
            },
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def wait_until(
    is_so: Callable[[], bool], data_dir: Path, timeout_s: float = 20
) -> None:
    end_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end_s, (data_dir / "log").read_text()
        time.sleep(0.02)


def succeeded_job(client: redis.Redis, url: str) -> Job:
    """Return a job whose end is to be told, as worker and ledger leave it."""
    ledger = AbleLedger(client, LedgerRules())
    submitted_job = new_job().model_copy(update={"webhook": Webhook(url=url)})
    ledger.create(submitted_job)
    ledger.claim(submitted_job.id, f"worker of {submitted_job.id}")
    assert ledger.succeed(submitted_job.id, 1, outcome())
    return ledger.get(submitted_job.id)


@pytest.fixture
def client(valkey_url: str) -> Iterator[redis.Redis]:
    client = connect(valkey_url)
    client.flushdb()
    made_whole(AbleLedger(client, LedgerRules()))
    yield client
    client.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(answer(500), answer(200)) as server:
        yield server


def test_job_that_ended_is_told_when_the_bell_rings_and_again_after_a_failure(
    valkey_url: str, data_dir: Path, client: redis.Redis, server: Server
) -> None:
    outbox, bell = RedisOutbox(client), CeleryWebhookBell(valkey_url)
    job = succeeded_job(client, server.url)
    assert outbox.needs_bell()
    with running(valkey_url, data_dir) as process:
        bell.ring()

        def delivery() -> Delivery:
            (only,) = outbox.deliveries(job.id)
            return only

        wait_until(lambda: delivery().tries == 1, data_dir)
        assert delivery().state is DeliveryState.PENDING
        assert outbox.redeliver(job.id, delivery().event)  # rather than wait for 5 s
        bell.ring()
        wait_until(lambda: delivery().state is DeliveryState.DELIVERED, data_dir)
        assert psutil.Process(process.pid).memory_info().rss < MOST_MEMORY_BYTES

        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    settings = WebhookSettings(data_dir=data_dir)
    (secret,) = shown_secrets(settings)
    assert [is_signed(each, parse_secret(secret)) for each in server.requests] == [
        True,
        True,
    ]
    message = json.loads(parts(server.requests[0])[1])
    assert (message["type"], message["data"]["id"]) == ("job.succeeded", job.id)


def test_restarted_process_finishes_what_waits(
    valkey_url: str, data_dir: Path, client: redis.Redis
) -> None:
    with serving(answer(200)) as server:
        jobs = [succeeded_job(client, server.url) for _ in range(20)]
        CeleryWebhookBell(valkey_url).ring()
        with running(valkey_url, data_dir, IMPASTO_WEBHOOK_SECRETS=SECRET):
            wait_until(lambda: len(server.requests) >= len(jobs), data_dir)
        assert all(is_signed(each, parse_secret(SECRET)) for each in server.requests)
    ids = {json.loads(parts(each)[1])["data"]["id"] for each in server.requests}
    assert ids == {job.id for job in jobs}


@pytest.mark.parametrize("secrets", ["hunter2", f"{SECRET},whsec_AAAA", ","])
def test_wrong_secret_ends_the_process_in_words_and_is_not_repeated(
    valkey_url: str, data_dir: Path, secrets: str
) -> None:
    with running(valkey_url, data_dir, IMPASTO_WEBHOOK_SECRETS=secrets) as process:
        assert process.wait(30) == 2
    words = (data_dir / "log").read_text()
    assert "a webhook's secret" in words
    assert "hunter2" not in words
    assert "Traceback" not in words


def test_check_tells_whether_the_process_is_there(
    valkey_url: str, data_dir: Path, client: redis.Redis
) -> None:
    def check() -> int:
        return subprocess.run(
            [sys.executable, "-P", "-m", "app.cli", "webhooks", "--check"],
            env={**os.environ, "IMPASTO_REDIS_URL": valkey_url},
            check=False,
            timeout=60,
        ).returncode

    assert check() == 1
    with running(valkey_url, data_dir):
        wait_until(lambda: "ready" in (data_dir / "log").read_text(), data_dir)
        assert check() == 0


def test_place_where_no_secret_can_be_kept_is_named(
    valkey_url: str, data_dir: Path
) -> None:
    data_dir.mkdir()
    (data_dir / "secrets").write_text("in the way")
    with running(valkey_url, data_dir) as process:
        assert process.wait(30) == 1
    words = (data_dir / "log").read_text()
    assert "secrets" in words
    assert "Traceback" not in words


def test_process_is_small_since_it_loads_no_web_framework_and_no_terminal() -> None:
    program = """
import sys, app.webhook_process
large = {"fastapi", "starlette", "uvicorn", "httpx", "rich", "typer", "PIL"}
print(sorted(large & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
