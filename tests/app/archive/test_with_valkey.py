"""Redis itself loses everything, or its last second, and no accepted job is lost."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from app.contract.ports import Order
from app.launcher import valkey
from app.settings import ApiSettings
from app.stores.connections import connect
from app.stores.feed import RedisFeed
from app.stores.ledger import LedgerRules, RedisLedger
from app.stores.outbox import RedisOutbox
from app.stores.reservations import RedisReservations
from tests.app.archive.houses import janitor_of
from tests.app.conftest import PICTURE, House, an_outcome
from tests.app.jobs.test_routes import assert_problem
from tests.app.rounds import make_round
from tests.app.submissions.sending import a_job, data, send
from tests.stores.slips import a_row


def a_redis_house(client: redis.Redis, data_dir: Path) -> House:
    ledger: Any = RedisLedger(client, LedgerRules())
    ledger.feed, ledger.outbox = RedisFeed(client), RedisOutbox(client)
    settings = ApiSettings(data_dir=data_dir, min_free_bytes=0)
    return House(
        settings,
        blobs=settings.open_blobs(),
        ledger=ledger,
        reservations=RedisReservations(client),
    )


def paint(house: House, job_id: str) -> int:
    """Let a worker have the next job, which must be this one; return its number."""
    claim = house.ledger.claim(job_id, f"worker of {job_id}")
    assert claim is not None
    assert claim.job_id == job_id
    outcome = an_outcome(job_id, len(PICTURE))
    house.blobs.put(outcome.result.blob_key, PICTURE)
    points = [a_row(1, 1, 3.0, 1.0, 1.5, 0.5)]
    assert house.ledger.beat(*claim, None, points) is Order.GO_ON
    assert house.ledger.succeed(*claim, outcome)
    return claim.attempt


def test_everything_is_flushed_and_back_again(valkey_url: str, data_dir: Path) -> None:
    client = connect(valkey_url)
    client.flushdb()
    house = a_redis_house(client, data_dir)
    janitor = janitor_of(house)
    make_round(janitor)
    done = house.queued()
    paint(house, done)
    make_round(janitor)
    waiting = send(house, a_job(params={"seed": 7}), Idempotency_Key="k").json()
    running = house.queued()
    body = {"contents": [data()] * 2, "styles": [data()]}
    batch = send(house, body, "/v1/batches").json()
    urls = [f"/v1/jobs/{each}" for each in (done, waiting["id"], running)]
    urls += [f"/v1/batches/{batch['id']}", f"/v1/jobs/{done}/losses"]
    before = [house.client.get(url).json() for url in urls]
    assert house.ledger.claim("", "w") == (waiting["id"], 1)

    client.flushdb()
    for url in urls:
        assert_problem(house.client.get(url), 503, "broker_unavailable")
    assert house.ledger.claim(running, "w") is None
    early = send(house, a_job(params={"seed": 7}), Idempotency_Key="k")
    assert_problem(early, 503, "broker_unavailable")
    make_round(janitor)

    after = [house.client.get(url).json() for url in urls]
    for record in before + after:
        for job in (record, *record.get("jobs", [])):
            job.pop("created_at", None)  # the order's is the API's, not the server's
    assert after == before
    again = send(house, a_job(params={"seed": 7}), Idempotency_Key="k")
    assert again.json()["id"] == waiting["id"]
    late = an_outcome(waiting["id"], 1)
    assert house.ledger.beat(waiting["id"], 1, None) is Order.LEASE_LOST
    assert paint(house, waiting["id"]) > 1
    assert not house.ledger.fail(waiting["id"], 1, LedgerRules().worker_lost)
    assert not house.ledger.succeed(waiting["id"], 1, late)
    client.close()


@contextmanager
def serving(directory: Path) -> Iterator[tuple[redis.Redis, "subprocess.Popen[bytes]"]]:
    path = valkey.socket_path(directory)
    command = valkey.command(valkey.find_binary(), path, directory)
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
        house = a_redis_house(client, data_dir)
        janitor = janitor_of(house)
        make_round(janitor)
        first = house.queued()
        (file,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
        size = file.stat().st_size
        assert paint(house, first) == 1
        make_round(janitor)
        second, third = house.queued(), house.queued()
        assert house.ledger.claim("", "stopped for long") == (second, 1)
        record = house.client.get(f"/v1/jobs/{first}").json()
        assert file.stat().st_size > size
    os.truncate(file, size)

    with serving(tmp_path) as (client, _):
        house = a_redis_house(client, data_dir)
        assert house.ledger.get(first).status == "queued", "the file was cut"
        assert house.ledger.claim(first, "w") is None, "not before all is compared"
        assert house.client.get(f"/v1/jobs/{second}").status_code == 503
        make_round(janitor_of(house))
        assert house.client.get(f"/v1/jobs/{first}").json() == record
        assert house.client.get(f"/v1/jobs/{first}/result").content == PICTURE
        assert set(house.doorbell.rung) == {second, third}
        number = paint(house, second)
        assert number != 1
        assert not house.ledger.fail(second, 1, LedgerRules().worker_lost)
        assert paint(house, third) == number
        assert house.ledger.get(second).attempt == 1


def test_what_was_asked_of_running_jobs_is_asked_again(
    valkey_url: str, data_dir: Path
) -> None:
    client = connect(valkey_url)
    client.flushdb()
    house = a_redis_house(client, data_dir)
    janitor = janitor_of(house)
    make_round(janitor)
    canceled, finished = house.running(), house.running()
    for job_id, asked in ((canceled, "cancel"), (finished, "finish")):
        answer = house.client.post(f"/v1/jobs/{job_id}/{asked}")
        assert answer.status_code == 202

    client.flushdb()
    make_round(janitor)
    assert house.client.get(f"/v1/jobs/{canceled}").json()["status"] == "canceled"
    claim = house.ledger.claim(canceled, "w")
    assert claim is not None
    assert claim.job_id == finished
    assert house.ledger.beat(*claim, None) is Order.FINISH
    client.close()


def test_job_that_was_deleted_does_not_come_back_with_an_older_file(
    tmp_path: Path, data_dir: Path
) -> None:
    with serving(tmp_path) as (client, _):
        house = a_redis_house(client, data_dir)
        janitor = janitor_of(house)
        make_round(janitor)
        deleted, ended, waiting = house.queued(), house.queued(), house.queued()
        (file,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
        size = file.stat().st_size
        for job_id in (deleted, ended):
            paint(house, job_id)
        make_round(janitor)
        assert house.client.delete(f"/v1/jobs/{deleted}").status_code == 204
        make_round(janitor)
    os.truncate(file, size)

    with serving(tmp_path) as (client, _):
        house = a_redis_house(client, data_dir)
        assert house.ledger.get(deleted).status == "queued", "the file was cut"
        make_round(janitor_of(house))
        assert house.client.get(f"/v1/jobs/{deleted}").status_code == 404
        assert house.client.get(f"/v1/jobs/{ended}").json()["status"] == "succeeded"
        page = house.client.get("/v1/jobs").json()["data"]
        assert {each["id"] for each in page} == {ended, waiting}
        paint(house, waiting)
        assert house.ledger.claim(deleted, "w") is None


@pytest.mark.parametrize(
    "bad",
    [{"slip": b"\xff"}, {"slip": "{}"}, {"ttl_seconds": "x"}, {"status": "nonsense"}],
    ids=str,
)
def test_record_that_makes_no_sense_is_restored(
    valkey_url: str, data_dir: Path, bad: dict[str, Any]
) -> None:
    """A file may be damaged so that its form is right."""
    client = connect(valkey_url)
    client.flushall()
    house = a_redis_house(client, data_dir)
    janitor = janitor_of(house)
    make_round(janitor)
    ended, waiting = house.queued(), house.queued()
    paint(house, ended)
    make_round(janitor)
    record = house.client.get(f"/v1/jobs/{ended}").json()
    client.hset(f"impasto:job:{waiting}", mapping=bad)
    client.set("impasto:generation", "an earlier run")
    make_round(janitor)
    assert house.client.get(f"/v1/jobs/{ended}").json() == record
    paint(house, waiting)
    client.flushall()
    client.close()


def test_job_is_painted_as_it_was_ordered(valkey_url: str, data_dir: Path) -> None:
    client: Any = connect(valkey_url)
    client.flushall()
    house = a_redis_house(client, data_dir)
    janitor = janitor_of(house)
    make_round(janitor)
    job_id = send(house, a_job(params={"seed": 7})).json()["id"]
    key = f"impasto:job:{job_id}"
    client.hset(key, "slip", client.hget(key, "slip").replace('"seed":7', '"seed":5'))
    assert house.ledger.get(job_id).params["seed"] == 5
    client.set("impasto:generation", "an earlier run")
    make_round(janitor)
    assert house.ledger.get(job_id).params["seed"] == 7
    client.flushall()
    client.close()
