"""The submitting side over the real ledger, reservations and feed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import ApiSettings
from app.stores.connections import connect
from app.stores.feed import RedisFeed
from app.stores.ledger import LedgerRules
from app.stores.outbox import RedisOutbox
from app.stores.reservations import RedisReservations
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.app.jobs.test_waiting_submissions import fail, succeed, work
from tests.app.submissions.sending import STYLE_ID, a_job, data, send
from tests.ledgers import AbleLedger, made_whole

BODY = a_job(params={"seed": 7}, styles=[{"style_id": STYLE_ID}])


@pytest.fixture
def redis_api(valkey_url: str, data_dir: Path) -> Iterator[ApiHarness]:
    client = connect(valkey_url)
    client.flushdb()
    rules = LedgerRules(queue_limit=5)
    ledger: Any = AbleLedger(client, rules)
    ledger.feed, ledger.outbox = RedisFeed(client), RedisOutbox(client)
    made_whole(ledger)
    settings = ApiSettings(data_dir=data_dir, queue_limit=5)
    api = ApiHarness(
        settings,
        blobs=settings.open_blobs(),
        ledger=ledger,
        reservations=RedisReservations(client),
    )
    with api.client:
        yield api
    client.close()


def test_a_job_is_waited_for_replayed_and_reused(redis_api: ApiHarness) -> None:
    api = redis_api
    worker = work(api, succeed(api))
    first = send(api, BODY, Prefer="wait=20", Idempotency_Key="k")
    worker.join()
    assert first.status_code == 200
    job = first.json()
    assert job["status"] == "succeeded"
    again = send(api, BODY, Idempotency_Key="k")
    assert (again.status_code, again.json()["id"]) == (202, job["id"])
    assert again.headers["idempotent-replayed"] == "true"
    assert_problem(
        send(api, a_job(), Idempotency_Key="k"), 422, "idempotency_key_reused"
    )
    reused = send(api, BODY, Accept="image/png", Prefer="wait=1")
    assert reused.status_code == 200
    assert reused.content == PICTURE
    assert reused.headers["preference-applied"] == "wait=1"
    reused = send(api, BODY)
    assert reused.json()["reused_from"] == job["id"]
    assert api.client.get(reused.headers["location"]).json() == reused.json()


def test_a_failed_job_is_retried(redis_api: ApiHarness) -> None:
    api = redis_api
    worker = work(api, fail(api))
    job = send(api, BODY, Prefer="wait=20").json()
    worker.join()
    assert job["status"] == "failed"
    url = f"/v1/jobs/{job['id']}/retry"
    worker = work(api, succeed(api))
    body = {"params": {"preset": "draft"}}
    again = send(api, body, url, Prefer="wait=20", Idempotency_Key="r")
    worker.join()
    assert again.json()["status"] == "succeeded"
    assert again.json()["retry_of"] == job["id"]
    assert again.json()["params"]["steps"] == 100
    replay = send(api, body, url, Idempotency_Key="r")
    assert replay.json()["id"] == again.json()["id"]


def test_a_batch_is_all_or_none(redis_api: ApiHarness) -> None:
    api = redis_api
    body = {"contents": [data()] * 2, "styles": [data(), {"style_id": STYLE_ID}]}
    first = send(api, body, "/v1/batches", Idempotency_Key="b")
    assert first.status_code == 202, first.text
    assert first.json()["created_at"].endswith("Z")
    again = send(api, body, "/v1/batches", Idempotency_Key="b")
    assert again.json() == first.json()
    assert_problem(send(api, body, "/v1/batches"), 503, "queue_full")
    assert api.ledger.queue_depth() == 4
    work(api, succeed(api), jobs=2).join()
    url = first.headers["location"]
    assert api.client.get(url).json()["status"] == "processing"
    assert api.client.get(f"{url}/sheet").headers["content-type"] == "image/jpeg"
    canceled = api.client.post(f"{url}/cancel")
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    assert canceled.json()["counts"]["succeeded"] == 2
