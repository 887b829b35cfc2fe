"""A ledger that wire version 3 has left goes on: what waits is painted, and told."""

import csv
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.archive.rebuilding import Rebuilder
from app.contract.jobs import JobStatus
from app.contract.kinds import KINDS
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.records.wire import QUEUE_NAME
from app.contract.views.jobs import JobView
from app.estimates.similar_jobs import find_similar_jobs
from app.http.access.links import Links
from app.jobs.event_serializer import EventSerializer
from app.jobs.losses import LossesView, as_csv
from app.stores.connections import connect
from app.stores.feed import RedisFeed
from app.stores.ledger import RedisLedger
from app.stores.outbox import RedisOutbox
from app.stores.reservations import RedisReservations
from tests.contract.version_3 import (
    ANSWERS,
    JOBS,
    NAMES,
    TAKEN_AT,
    restore_blobs,
    restore_ledger,
)
from tests.fakes import MemoryBlobStore
from tests.fakes.runner import FakeRunner
from tests.ledgers import EVERYTHING, let_server_be_old
from tests.stores.clock import StoppedClock
from tests.stores.harness import RULES
from tests.worker.harness import SETTINGS
from worker.attempt.handler import JobHandler

IMAGE = KINDS.of("image")
WAITING = ("queued", "batch_job_0", "batch_job_1", "queued_to_finish")

#: What a parameter was, when it was added, that is in no older record.
DEFAULTS = StyleTransferParameters().model_dump(mode="json")


@pytest.fixture
def client(valkey_url: str) -> Iterator[Any]:
    client = connect(valkey_url)
    client.flushall()
    restore_ledger(client)
    yield client
    client.close()


def handler_over(ledger: RedisLedger, runner: FakeRunner) -> JobHandler:
    blobs = MemoryBlobStore()
    restore_blobs(blobs)
    return JobHandler(
        worker="new",
        ledger=ledger,
        blobs=blobs,
        kinds=KINDS,
        runners={"image": runner},
        settings=SETTINGS,
        give_up=lambda: None,
        offer=lambda: EVERYTHING,
    )


def test_jobs_that_waited_and_one_at_work_are_painted(client: Any) -> None:
    clock = StoppedClock(client, TAKEN_AT)
    let_server_be_old(client)
    ledger = RedisLedger(client, RULES)
    handler = handler_over(ledger, FakeRunner())
    # Bells lie in a queue that nobody hears any more: each is rung again.
    assert QUEUE_NAME == "impasto.paint.4"
    rung = set()
    for _ in range(60):  # longer than a lease of then
        clock.pass_time(1.0)
        for job_id in ledger.reap():
            rung.add(job_id)
            handler.handle(job_id)
    assert rung == {NAMES[name] for name in (*WAITING, "processing")}
    for name in (*WAITING, "processing"):
        job = ledger.get(NAMES[name])
        assert job.status is JobStatus.SUCCEEDED, job.error
    assert ledger.get(NAMES["queued_to_finish"]).outcome.stopped_early  # type: ignore[union-attr]
    # It was left after the second of six steps, with a checkpoint.
    assert ledger.get(NAMES["processing"]).resumed_from_step == 2
    steps = [row.step for row in ledger.losses(NAMES["processing"])]
    assert steps == [1, 2, 3, 4, 5, 6]


def test_everything_that_was_asked_reaches_the_runner(client: Any) -> None:
    ledger, runner = RedisLedger(client, RULES), FakeRunner()
    handler = handler_over(ledger, runner)
    while ledger.get(NAMES["queued"]).status is not JobStatus.SUCCEEDED:
        handler.handle(NAMES["queued"])
    order = next(each for each in runner.orders if "style/1" in each.inputs)
    assert order.params.style_weights == (1.0, 2.0)
    assert {*order.inputs} == {
        *("content", "style/0", "style/1", "mask/1", "style_mask/0", "init")
    }


@pytest.mark.parametrize("name", JOBS)
def test_series_are_told_as_before(client: Any, name: str) -> None:
    ledger = RedisLedger(client, RULES)
    job, rows = ledger.get(NAMES[name]), ledger.losses(NAMES[name])
    told = json.loads(LossesView.of(job, IMAGE, rows).model_dump_json())
    assert told == ANSWERS["losses"][name]
    table = [*csv.reader(as_csv(IMAGE, rows).splitlines())]
    assert table == [*csv.reader(ANSWERS["csv"][name].splitlines())]


@pytest.mark.parametrize("name", ANSWERS["events"])
def test_progress_in_a_stream_is_told_as_before(client: Any, name: str) -> None:
    feed, job_id = RedisFeed(client), NAMES[name]
    ((first, _),) = client.xrange(f"impasto:events:{job_id}", count=1)
    serializer = EventSerializer(job_id, "image", Links("http://testserver"), KINDS)
    told = [
        json.loads(serializer.event(event, None).data)
        for event in feed.history(job_id, first).events
        if event.kind == "progress"
    ]
    lines = ANSWERS["events"][name].split("\n\n")
    before = [
        json.loads(line.partition("data: ")[2].partition("\nid: ")[0])
        for line in lines
        if line.startswith("event: progress")
    ]
    assert told == [{**each, "unit": "steps"} for each in before]


def test_messages_that_were_due_are_sent(client: Any) -> None:
    outbox = RedisOutbox(client)
    due = set()
    while (each := outbox.take(60.0)) is not None:
        due.add((each.delivery.job_id, str(each.delivery.event)))
    ended = {
        (NAMES[name], f"job.{name}") for name in ("succeeded", "failed", "canceled")
    }
    assert ended <= due


def test_a_lost_ledger_is_rebuilt_from_files_of_then(client: Any) -> None:
    client.flushall()
    reservations = RedisReservations(client)  # asks no clock
    StoppedClock(client, TAKEN_AT)
    ledger, blobs = RedisLedger(client, RULES), MemoryBlobStore()
    restore_blobs(blobs)
    rebuilder = Rebuilder(
        ledger=ledger,
        blobs=blobs,
        reservations=reservations,
        record_ttl_s=RULES.record_ttl_s,
        clock=lambda: TAKEN_AT,
    )
    rebuilt = rebuilder.rebuild()
    assert rebuilt is not None
    assert (rebuilt.queued, rebuilt.ended) == (5, 7)
    for name in JOBS:
        view = JobView.of(ledger.get(NAMES[name]), Links("http://testserver"), KINDS)
        shown, then = view.model_dump(mode="json"), ANSWERS["jobs"][name]
        for added in shown["params"].keys() - then["params"].keys():
            assert shown["params"].pop(added) == DEFAULTS[added], added
        assert shown["input"].pop("packs") == [], "added since"
        if shown["result"] is not None:
            assert shown["result"].pop("files") == [], "added since"
            assert shown["result"].pop("keep_found") is None, "likewise"
        assert shown["input"].pop("keep_mask") is None, "likewise"
        for member in ("params", "input", "result", "error", "metadata", "webhook"):
            assert shown[member] == then[member], (name, member)
        is_open = name in WAITING or name == "processing"
        assert shown["status"] == ("queued" if is_open else then["status"])
        rows = [] if is_open else ledger.losses(NAMES[name])
        told = [] if is_open else ANSWERS["losses"][name]["data"]
        assert [row.step for row in rows] == [each["step"] for each in told]
    assert ledger.get(NAMES["processing"]).checkpoint is not None
    assert set(ledger.get_batch(NAMES["batch"]).job_ids) == {
        NAMES["batch_job_0"],
        NAMES["batch_job_1"],
    }


def test_what_jobs_have_cost_is_learnt_from(client: Any) -> None:
    (sample,) = RedisLedger(client, RULES).samples()
    (text,) = client.lrange("impasto:samples", 0, -1)
    before = json.loads(text)
    names = ("network", "style_loss", "optimizer", "memory", "width", "height")
    assert {name: sample.traits[name] for name in names} == {
        name: before[name] for name in names
    }
    assert (sample.work, sample.steps) == (before["work"], before["steps"])
    params = {"size": 96, "steps": 6, "seed": 7}
    job = RedisLedger(client, RULES).get(NAMES["succeeded"])
    ours = IMAGE.traits(IMAGE.parse(params, job.inputs), job.inputs)
    found = find_similar_jobs([sample], IMAGE, ours, {sample.device})
    assert found is not None
    assert found.are_alike


def test_a_new_order_has_the_place_behind_those_that_wait(client: Any) -> None:
    ledger = RedisLedger(client, RULES)
    positions = {name: ledger.get(NAMES[name]).queue_position for name in WAITING}
    before = {name: ANSWERS["jobs"][name]["queue"]["position"] for name in WAITING}
    assert positions == before
