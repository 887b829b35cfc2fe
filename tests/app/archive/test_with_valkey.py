"""Redis itself loses everything, or its last second, and no accepted job is lost."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from app.contract.ports import BeatReply
from app.launcher import valkey
from app.settings import ApiSettings
from app.stores.connections import connect
from app.stores.feed import RedisFeed
from app.stores.ledger import LedgerRules
from app.stores.outbox import RedisOutbox
from app.stores.reservations import RedisReservations
from tests.app.archive.lossy_api import janitor_of
from tests.app.conftest import PICTURE, ApiHarness, an_outcome
from tests.app.jobs.test_routes import assert_problem
from tests.app.rounds import make_round
from tests.app.submissions.sending import a_job, data, send
from tests.ledgers import AbleLedger
from tests.stores.new_jobs import a_row


def a_redis_api(client: redis.Redis, data_dir: Path) -> ApiHarness:
    ledger: Any = AbleLedger(client, LedgerRules())
    ledger.feed, ledger.outbox = RedisFeed(client), RedisOutbox(client)
    settings = ApiSettings(data_dir=data_dir, min_free_bytes=0)
    return ApiHarness(
        settings,
        blobs=settings.open_blobs(),
        ledger=ledger,
        reservations=RedisReservations(client),
    )


def paint(api: ApiHarness, job_id: str) -> int:
    """Let a worker have the next job, which must be this one; return its number."""
    claim = api.ledger.claim(job_id, f"worker of {job_id}")
    assert claim is not None
    assert claim.job_id == job_id
    outcome = an_outcome(job_id, len(PICTURE))
    api.blobs.put(outcome.result.blob_key, PICTURE)
    points = [a_row(1, 1, 3.0, 1.0, 1.5, 0.5)]
    assert api.ledger.beat(*claim, None, points).reply is BeatReply.GO_ON
    assert api.ledger.succeed(*claim, outcome)
    return claim.attempt


def test_everything_is_flushed_and_back_again(valkey_url: str, data_dir: Path) -> None:
    client = connect(valkey_url)
    client.flushdb()
    api = a_redis_api(client, data_dir)
    janitor = janitor_of(api)
    make_round(janitor)
    done = api.queued()
    paint(api, done)
    make_round(janitor)
    waiting = send(api, a_job(params={"seed": 7}), Idempotency_Key="k").json()
    running = api.queued()
    body = {"contents": [data()] * 2, "styles": [data()]}
    batch = send(api, body, "/v1/batches").json()
    urls = [f"/v1/jobs/{each}" for each in (done, waiting["id"], running)]
    urls += [f"/v1/batches/{batch['id']}", f"/v1/jobs/{done}/losses"]
    before = [api.client.get(url).json() for url in urls]
    assert api.ledger.claim("", "w") == (waiting["id"], 1)

    client.flushdb()
    for url in urls:
        assert_problem(api.client.get(url), 503, "broker_unavailable")
    assert api.ledger.claim(running, "w") is None
    early = send(api, a_job(params={"seed": 7}), Idempotency_Key="k")
    assert_problem(early, 503, "broker_unavailable")
    make_round(janitor)

    after = [api.client.get(url).json() for url in urls]
    for record in before + after:
        for job in (record, *record.get("jobs", [])):
            job.pop("created_at", None)  # the order's is the API's, not the server's
    assert after == before
    again = send(api, a_job(params={"seed": 7}), Idempotency_Key="k")
    assert again.json()["id"] == waiting["id"]
    late = an_outcome(waiting["id"], 1)
    assert api.ledger.beat(waiting["id"], 1, None).reply is BeatReply.LEASE_LOST
    assert paint(api, waiting["id"]) > 1
    assert not api.ledger.fail(waiting["id"], 1, LedgerRules().worker_lost)
    assert not api.ledger.succeed(waiting["id"], 1, late)
    client.close()


@contextmanager
def serving(directory: Path) -> Iterator[tuple[redis.Redis, "subprocess.Popen[bytes]"]]:
    path = valkey.socket_path(directory)
    command = valkey.command(valkey.find_binary(), path, directory)
    # What was answered is in the file, however slow the disk is.
    command += ["--appendfsync", "always"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        valkey.wait_until_ready(path)
        client = connect(f"unix://{path}")
        yield client, process
        client.close()
    finally:
        process.kill()
        process.wait(10)


def test_the_last_second_before_a_power_cut_loses_no_job(
    tmp_path: Path, data_dir: Path
) -> None:
    """What `everysec` may lose is cut off from the file by hand."""
    with serving(tmp_path) as (client, _):
        api = a_redis_api(client, data_dir)
        janitor = janitor_of(api)
        make_round(janitor)
        first = api.queued()
        (file,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
        size = file.stat().st_size
        assert paint(api, first) == 1
        make_round(janitor)
        second, third = api.queued(), api.queued()
        assert api.ledger.claim("", "stopped for long") == (second, 1)
        record = api.client.get(f"/v1/jobs/{first}").json()
        assert file.stat().st_size > size
    os.truncate(file, size)

    with serving(tmp_path) as (client, _):
        api = a_redis_api(client, data_dir)
        assert api.ledger.get(first).status == "queued", "the file was cut"
        assert api.ledger.claim(first, "w") is None, "not before all is compared"
        assert api.client.get(f"/v1/jobs/{second}").status_code == 503
        make_round(janitor_of(api))
        assert api.client.get(f"/v1/jobs/{first}").json() == record
        assert api.client.get(f"/v1/jobs/{first}/result").content == PICTURE
        assert set(api.doorbell.rung) == {second, third}
        number = paint(api, second)
        assert number != 1
        assert not api.ledger.fail(second, 1, LedgerRules().worker_lost)
        assert paint(api, third) == number
        assert api.ledger.get(second).attempt == 1


def test_what_was_asked_of_running_jobs_is_asked_again(
    valkey_url: str, data_dir: Path
) -> None:
    client = connect(valkey_url)
    client.flushdb()
    api = a_redis_api(client, data_dir)
    janitor = janitor_of(api)
    make_round(janitor)
    canceled, finished = api.running(), api.running()
    for job_id, asked in ((canceled, "cancel"), (finished, "finish")):
        answer = api.client.post(f"/v1/jobs/{job_id}/{asked}")
        assert answer.status_code == 202

    client.flushdb()
    make_round(janitor)
    assert api.client.get(f"/v1/jobs/{canceled}").json()["status"] == "canceled"
    claim = api.ledger.claim(canceled, "w")
    assert claim is not None
    assert claim.job_id == finished
    assert api.ledger.beat(*claim, None).reply is BeatReply.FINISH
    client.close()


def test_job_that_was_deleted_does_not_come_back_with_an_older_file(
    tmp_path: Path, data_dir: Path
) -> None:
    with serving(tmp_path) as (client, _):
        api = a_redis_api(client, data_dir)
        janitor = janitor_of(api)
        make_round(janitor)
        deleted, ended, waiting = api.queued(), api.queued(), api.queued()
        (file,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
        size = file.stat().st_size
        for job_id in (deleted, ended):
            paint(api, job_id)
        make_round(janitor)
        assert api.client.delete(f"/v1/jobs/{deleted}").status_code == 204
        make_round(janitor)
    os.truncate(file, size)

    with serving(tmp_path) as (client, _):
        api = a_redis_api(client, data_dir)
        assert api.ledger.get(deleted).status == "queued", "the file was cut"
        make_round(janitor_of(api))
        assert api.client.get(f"/v1/jobs/{deleted}").status_code == 404
        assert api.client.get(f"/v1/jobs/{ended}").json()["status"] == "succeeded"
        page = api.client.get("/v1/jobs").json()["data"]
        assert {each["id"] for each in page} == {ended, waiting}
        paint(api, waiting)
        assert api.ledger.claim(deleted, "w") is None


@pytest.mark.parametrize(
    "bad",
    [
        {"slip": b"\xff"},
        {"slip": "{}"},
        {"ttl_seconds": "x"},
        {"status": "nonsense"},
    ],
    ids=str,
)
def test_record_that_makes_no_sense_is_restored(
    valkey_url: str, data_dir: Path, bad: dict[str, Any]
) -> None:
    """A file may be damaged so that its form is right."""
    client = connect(valkey_url)
    client.flushall()
    api = a_redis_api(client, data_dir)
    janitor = janitor_of(api)
    make_round(janitor)
    ended, waiting = api.queued(), api.queued()
    paint(api, ended)
    make_round(janitor)
    record = api.client.get(f"/v1/jobs/{ended}").json()
    client.hset(f"impasto:job:{waiting}", mapping=bad)
    client.set("impasto:generation", "an earlier run")
    make_round(janitor)
    assert api.client.get(f"/v1/jobs/{ended}").json() == record
    paint(api, waiting)
    client.flushall()
    client.close()


def test_job_is_painted_as_it_was_ordered(valkey_url: str, data_dir: Path) -> None:
    client: Any = connect(valkey_url)
    client.flushall()
    api = a_redis_api(client, data_dir)
    janitor = janitor_of(api)
    make_round(janitor)
    job_id = send(api, a_job(params={"seed": 7})).json()["id"]
    key = f"impasto:job:{job_id}"
    client.hset(
        key,
        "slip",
        client.hget(key, "slip").replace('"seed":7', '"seed":5'),
    )
    assert api.ledger.get(job_id).params["seed"] == 5
    client.set("impasto:generation", "an earlier run")
    make_round(janitor)
    assert api.ledger.get(job_id).params["seed"] == 7
    client.flushall()
    client.close()
