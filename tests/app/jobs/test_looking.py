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
from app.contract.views.job_parts import QueueView
from app.jobs.dependencies import JobDependencies
from tests.app.conftest import ApiHarness, a_progress
from tests.app.jobs.streams import Listener, opened

#: Longer than anything takes that works, and much shorter than what waits for nothing.
SOON_S = 3.0


class Poller:
    """Asks in a thread of its own, for an answer that waits."""

    def __init__(self, api: ApiHarness) -> None:
        self.api = api
        self._pool = ThreadPoolExecutor()

    def ask(self, job_id: str, **headers: str) -> "Future[Any]":
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        question = self._pool.submit(
            self.api.client.get, f"/v1/jobs/{job_id}", headers=sent
        )
        # Until it waits; if it did not wait, the test would pass all the more.
        deadline_s = time.monotonic() + 0.3
        while time.monotonic() < deadline_s and not question.done():
            if self.api.ledger.feed._followers._of_job.get(job_id):
                break
            time.sleep(0.005)
        return question


@pytest.fixture
def poller(api: ApiHarness) -> Iterator[Poller]:
    with TestClient(api.app) as client:
        api.client = client
        yield Poller(api)


def etag_of(api: ApiHarness, job_id: str) -> str:
    etag: str = api.client.get(f"/v1/jobs/{job_id}").headers["etag"]
    return etag


def test_a_waiting_answer_comes_when_the_job_has_changed(poller: Poller) -> None:
    job_id = poller.api.queued()
    etag = etag_of(poller.api, job_id)
    question = poller.ask(job_id, Prefer="wait=30", If_None_Match=etag)
    assert not question.done()
    poller.api.ledger.claim(job_id, "w")
    answer = question.result(SOON_S)
    assert answer.status_code == 200
    assert answer.json()["status"] == "starting"
    assert answer.headers["preference-applied"] == "wait=30"


def test_a_preview_is_a_change_too(poller: Poller) -> None:
    job_id = poller.api.running()
    etag = etag_of(poller.api, job_id)
    question = poller.ask(job_id, Prefer="wait=30", If_None_Match=etag)
    preview = Preview(step=10, blob_key="previews/10", width=64, height=48)
    poller.api.ledger.note_preview(job_id, 1, preview)
    assert question.result(SOON_S).headers["etag"] != etag


def test_without_a_change_the_answer_is_a_304_when_time_is_up(poller: Poller) -> None:
    job_id = poller.api.queued()
    etag = etag_of(poller.api, job_id)
    begin_s = time.monotonic()
    answer = poller.ask(job_id, Prefer="wait=1", If_None_Match=etag).result(SOON_S)
    assert 0.9 < time.monotonic() - begin_s < 2
    assert answer.status_code == 304
    assert answer.headers["etag"] == etag
    assert answer.headers["preference-applied"] == "wait=1"
    assert answer.headers["retry-after"] == "1"


def test_without_a_validator_the_answer_comes_with_the_end(poller: Poller) -> None:
    job_id = poller.api.running()
    question = poller.ask(job_id, Prefer="respond-async, wait=30")
    poller.api.ledger.beat(job_id, 1, a_progress(2.5))
    time.sleep(0.1)
    assert not question.done(), "a step is not the end"
    poller.api.ledger.requests.cancel(job_id)
    poller.api.ledger.cancel_done(job_id, 1)
    assert question.result(SOON_S).json()["status"] == "canceled"


def test_time_that_is_up_answers_how_the_job_stands(poller: Poller) -> None:
    answer = poller.ask(poller.api.running(), Prefer="wait=1").result(SOON_S)
    assert answer.status_code == 200
    assert answer.json()["status"] == "starting"


@pytest.mark.parametrize("prefer", ["wait=30", 'Wait="30"', "wait=900"])
def test_an_ended_job_lets_nobody_wait(poller: Poller, prefer: str) -> None:
    job_id = poller.api.canceled()
    etag = etag_of(poller.api, job_id)
    answer = poller.ask(job_id, Prefer=prefer).result(SOON_S)
    assert answer.status_code == 200
    applied = "wait=60" if "900" in prefer else "wait=30"
    assert answer.headers["preference-applied"] == applied
    again = poller.ask(job_id, Prefer=prefer, If_None_Match=etag).result(SOON_S)
    assert again.status_code == 304


def test_what_is_no_wait_is_answered_at_once(poller: Poller) -> None:
    job_id = poller.api.running()
    for prefer in ("respond-async", "wait=soon", "wait=0"):
        answer = poller.ask(job_id, Prefer=prefer).result(SOON_S)
        assert answer.status_code == 200
        assert ("preference-applied" in answer.headers) is (prefer == "wait=0")


def test_a_change_without_a_wait_is_seen_at_once(poller: Poller) -> None:
    api = poller.api
    job_id = api.queued()
    for change, status in (
        (lambda: api.client.post(f"/v1/jobs/{job_id}/cancel"), "canceled"),
        (lambda: api.client.delete(f"/v1/jobs/{job_id}"), None),
    ):
        api.client.get(f"/v1/jobs/{job_id}")  # it is known now
        change()
        answer = api.client.get(f"/v1/jobs/{job_id}")
        assert answer.json().get("status") in (status, 404)


def test_another_keys_job_is_not_there_although_it_is_known(poller: Poller) -> None:
    api = poller.api
    job_id = api.queued()
    api.ledger.give_away(job_id, "key_1")
    for headers in ({}, {"Prefer": "wait=30"}):
        answer = api.client.get(f"/v1/jobs/{job_id}", headers=headers)
        assert answer.status_code == 404


def test_each_client_gets_links_of_the_name_it_knows(poller: Poller) -> None:
    job_id = poller.api.queued()
    for host in ("one.example", "two.example", "one.example"):
        answer = poller.api.client.get(f"/v1/jobs/{job_id}", headers={"Host": host})
        assert answer.json()["urls"]["self"] == f"http://{host}/v1/jobs/{job_id}"


def test_many_who_poll_cost_the_ledger_one_question(poller: Poller) -> None:
    api = poller.api
    job_id = api.running(a_progress(2.5))
    asked = count_questions(api)
    for _ in range(20):
        assert api.client.get(f"/v1/jobs/{job_id}").status_code == 200
    assert 1 <= asked() <= 3, "one, and one a second on a slow machine"


def test_one_who_leaves_waits_no_more(api: ApiHarness) -> None:
    async def story() -> None:
        async with opened(api.app):
            job_id = api.running()
            listener = Listener(api.app, f"/v1/jobs/{job_id}", {"Prefer": "wait=30"})
            while not api.ledger.feed._followers._of_job.get(job_id):
                await asyncio.sleep(0.01)
            await listener.leave()
            assert not api.ledger.feed._followers._of_job.get(job_id)

    asyncio.run(story())


def test_a_server_that_stops_lets_nobody_wait(poller: Poller) -> None:
    question = poller.ask(poller.api.running(), Prefer="wait=30")
    portal = poller.api.client.portal
    assert portal is not None
    portal.call(poller.api.service(JobDependencies).closing.set)
    assert question.result(SOON_S).status_code == 200


def count_questions(api: ApiHarness) -> Any:
    get, lock, asked = api.ledger.get, threading.Lock(), []

    def counting(job_id: str) -> Any:
        with lock:
            asked.append(job_id)
        return get(job_id)

    api.ledger.get = counting
    return lambda: len(asked)


def test_a_waiting_job_says_when_it_will_begin(poller: Poller) -> None:
    api = poller.api
    first, second = api.queued(), api.queued()
    api.service(JobDependencies).job_cache._queue_of = lambda job: QueueView(
        position=job.queue_position,
        estimated_start_seconds=7.5 * job.queue_position,
    )
    for job_id, seconds in ((first, 0.0), (second, 7.5)):
        job = api.client.get(f"/v1/jobs/{job_id}").json()
        assert job["queue"]["estimated_start_seconds"] == seconds
