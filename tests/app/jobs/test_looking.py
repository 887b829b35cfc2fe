"""Looking at one job: now, or when it has changed."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.contract.jobs import Preview
from tests.app.conftest import House, a_progress
from tests.app.jobs.streams import Listener, opened

#: Longer than anything takes that works, and much shorter than what waits for nothing.
SOON_S = 3.0


class Visitor:
    """Asks in a thread of its own, for an answer that waits."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._pool = ThreadPoolExecutor()

    def ask(self, job_id: str, **headers: str) -> "Future[Any]":
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        question = self._pool.submit(
            self.house.client.get, f"/v1/jobs/{job_id}", headers=sent
        )
        # Until it waits; if it did not wait, the test would pass all the more.
        deadline_s = time.monotonic() + 0.3
        while time.monotonic() < deadline_s and not question.done():
            if self.house.ledger.feed._followers._of_job.get(job_id):
                break
            time.sleep(0.005)
        return question


@pytest.fixture
def visitor(house: House) -> Iterator[Visitor]:
    with TestClient(house.app) as client:
        house.client = client
        yield Visitor(house)


def etag_of(house: House, job_id: str) -> str:
    etag: str = house.client.get(f"/v1/jobs/{job_id}").headers["etag"]
    return etag


def test_a_waiting_answer_comes_when_the_job_has_changed(visitor: Visitor) -> None:
    job_id = visitor.house.queued()
    etag = etag_of(visitor.house, job_id)
    question = visitor.ask(job_id, Prefer="wait=30", If_None_Match=etag)
    assert not question.done()
    visitor.house.ledger.claim(job_id, "w")
    answer = question.result(SOON_S)
    assert answer.status_code == 200
    assert answer.json()["status"] == "starting"
    assert answer.headers["preference-applied"] == "wait=30"


def test_a_preview_is_a_change_too(visitor: Visitor) -> None:
    job_id = visitor.house.running()
    etag = etag_of(visitor.house, job_id)
    question = visitor.ask(job_id, Prefer="wait=30", If_None_Match=etag)
    preview = Preview(step=10, blob_key="previews/10", width=64, height=48)
    visitor.house.ledger.note_preview(job_id, 1, preview)
    assert question.result(SOON_S).headers["etag"] != etag


def test_without_a_change_the_answer_is_a_304_when_time_is_up(visitor: Visitor) -> None:
    job_id = visitor.house.queued()
    etag = etag_of(visitor.house, job_id)
    begin_s = time.monotonic()
    answer = visitor.ask(job_id, Prefer="wait=1", If_None_Match=etag).result(SOON_S)
    assert 0.9 < time.monotonic() - begin_s < 2
    assert answer.status_code == 304
    assert answer.headers["etag"] == etag
    assert answer.headers["preference-applied"] == "wait=1"
    assert answer.headers["retry-after"] == "1"


def test_without_a_validator_the_answer_comes_with_the_end(visitor: Visitor) -> None:
    job_id = visitor.house.running()
    question = visitor.ask(job_id, Prefer="respond-async, wait=30")
    visitor.house.ledger.beat(job_id, 1, a_progress(2.5))
    time.sleep(0.1)
    assert not question.done(), "a step is not the end"
    visitor.house.ledger.request_cancel(job_id)
    visitor.house.ledger.cancel_done(job_id, 1)
    assert question.result(SOON_S).json()["status"] == "canceled"


def test_time_that_is_up_answers_how_the_job_stands(visitor: Visitor) -> None:
    answer = visitor.ask(visitor.house.running(), Prefer="wait=1").result(SOON_S)
    assert answer.status_code == 200
    assert answer.json()["status"] == "starting"


@pytest.mark.parametrize("prefer", ["wait=30", 'Wait="30"', "wait=900"])
def test_an_ended_job_lets_nobody_wait(visitor: Visitor, prefer: str) -> None:
    job_id = visitor.house.canceled()
    etag = etag_of(visitor.house, job_id)
    answer = visitor.ask(job_id, Prefer=prefer).result(SOON_S)
    assert answer.status_code == 200
    applied = "wait=60" if "900" in prefer else "wait=30"
    assert answer.headers["preference-applied"] == applied
    again = visitor.ask(job_id, Prefer=prefer, If_None_Match=etag).result(SOON_S)
    assert again.status_code == 304


def test_what_is_no_wait_is_answered_at_once(visitor: Visitor) -> None:
    job_id = visitor.house.running()
    for prefer in ("respond-async", "wait=soon", "wait=0"):
        answer = visitor.ask(job_id, Prefer=prefer).result(SOON_S)
        assert answer.status_code == 200
        assert ("preference-applied" in answer.headers) is (prefer == "wait=0")


def test_a_change_without_a_wait_is_seen_at_once(visitor: Visitor) -> None:
    house = visitor.house
    job_id = house.queued()
    for change, status in (
        (lambda: house.client.post(f"/v1/jobs/{job_id}/cancel"), "canceled"),
        (lambda: house.client.delete(f"/v1/jobs/{job_id}"), None),
    ):
        house.client.get(f"/v1/jobs/{job_id}")  # it is known now
        change()
        answer = house.client.get(f"/v1/jobs/{job_id}")
        assert answer.json().get("status") in (status, 404)


def test_another_keys_job_is_not_there_although_it_is_known(visitor: Visitor) -> None:
    house = visitor.house
    job_id = house.queued()
    house.ledger.give_away(job_id, "key_1")
    for headers in ({}, {"Prefer": "wait=30"}):
        answer = house.client.get(f"/v1/jobs/{job_id}", headers=headers)
        assert answer.status_code == 404


def test_each_client_gets_links_of_the_name_it_knows(visitor: Visitor) -> None:
    job_id = visitor.house.queued()
    for host in ("one.example", "two.example", "one.example"):
        answer = visitor.house.client.get(f"/v1/jobs/{job_id}", headers={"Host": host})
        assert answer.json()["urls"]["self"] == f"http://{host}/v1/jobs/{job_id}"


def test_many_who_poll_cost_the_ledger_one_question(visitor: Visitor) -> None:
    house = visitor.house
    job_id = house.running(a_progress(2.5))
    asked = count_questions(house)
    for _ in range(20):
        assert house.client.get(f"/v1/jobs/{job_id}").status_code == 200
    assert 1 <= asked() <= 3, "one, and one a second on a slow machine"


def test_one_who_leaves_waits_no_more(house: House) -> None:
    async def story() -> None:
        async with opened(house.app):
            job_id = house.running()
            listener = Listener(house.app, f"/v1/jobs/{job_id}", {"Prefer": "wait=30"})
            while not house.ledger.feed._followers._of_job.get(job_id):
                await asyncio.sleep(0.01)
            await listener.leave()
            assert not house.ledger.feed._followers._of_job.get(job_id)

    asyncio.run(story())


def test_a_server_that_stops_lets_nobody_wait(visitor: Visitor) -> None:
    question = visitor.ask(visitor.house.running(), Prefer="wait=30")
    portal = visitor.house.client.portal
    assert portal is not None
    portal.call(visitor.house.app.state.desk.closing.set)
    assert question.result(SOON_S).status_code == 200


def count_questions(house: House) -> Any:
    get, lock, asked = house.ledger.get, threading.Lock(), []

    def counting(job_id: str) -> Any:
        with lock:
            asked.append(job_id)
        return get(job_id)

    house.ledger.get = counting
    return lambda: len(asked)


def test_a_waiting_job_says_when_it_will_begin(visitor: Visitor) -> None:
    house = visitor.house
    first, second = house.queued(), house.queued()
    house.app.state.desk.lookout._start_seconds = lambda job: 7.5 * job.queue_position
    for job_id, seconds in ((first, 0.0), (second, 7.5)):
        job = house.client.get(f"/v1/jobs/{job_id}").json()
        assert job["queue"]["estimated_start_seconds"] == seconds
