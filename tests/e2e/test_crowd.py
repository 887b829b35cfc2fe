"""A crowd at the door: ten keys, sixty jobs, one worker whose runner does not compute.

The front, Redis and the worker's own handling of jobs are real. `python -m benchmarks
load` does the same with processes, real pictures and 500 jobs.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.contract.keys import Scope
from app.contract.kinds import KINDS
from app.contract.ports import Ledger
from app.settings import ApiSettings
from app.stores.connections import connect
from app.stores.feed import RedisFeed
from app.stores.ledger import LedgerRules, RedisLedger
from app.stores.outbox import RedisOutbox
from app.stores.reservations import RedisReservations
from tests.app.conftest import ApiHarness
from tests.app.submissions.sending import data
from tests.fakes.runner import FakeRunner
from tests.ledgers import EVERYTHING
from tests.worker.harness import SETTINGS
from worker.attempt.handler import JobHandler

CLIENTS, JOBS, ACTIVE = 10, 6, 3
#: They may wait: the rest of a client's jobs is refused until some have ended.
RULES = LedgerRules(queue_limit=CLIENTS * ACTIVE, active_limit=ACTIVE)


@pytest.fixture
def api(valkey_url: str, data_dir: Path) -> Iterator[ApiHarness]:
    client = connect(valkey_url)
    client.flushdb()
    ledger: Any = RedisLedger(client, RULES)
    ledger.feed, ledger.outbox = RedisFeed(client), RedisOutbox(client)
    settings = ApiSettings(
        data_dir=data_dir,
        queue_limit=RULES.queue_limit,
        active_limit=RULES.active_limit,
        submissions_per_minute=1000,
        polls_per_second=1000,
    )
    api = ApiHarness(
        settings,
        blobs=settings.open_blobs(),
        ledger=ledger,
        reservations=RedisReservations(client),
    )
    with api.client:
        yield api
    client.close()


class Client(threading.Thread):
    """Sends as much as it may, and looks at its jobs until all have ended."""

    def __init__(self, api: ApiHarness) -> None:
        super().__init__()
        self.key = api.key(Scope.JOBS_READ, Scope.JOBS_WRITE)
        self.answers: Counter[int] = Counter()
        self.waiting: list[str] = []
        self.jobs: list[dict[str, Any]] = []
        self._api = api

    def begin(self) -> None:
        """Send as many jobs as may be unfinished, and one more."""
        while self._submit():
            pass

    def run(self) -> None:
        while len(self.jobs) < JOBS:
            for job_id in [*self.waiting]:
                self._look_at(job_id)
            while self.answers[202] < JOBS and self._submit():
                pass
            time.sleep(0.02)

    def _submit(self) -> bool:
        answer = self._api.client.post(
            "/v1/jobs",
            json={
                "content": data(),
                "styles": [data()],
                "params": {"size": 64, "steps": 1},
            },
            headers=self.key,
        )
        self.answers[answer.status_code] += 1
        if answer.status_code == 202:
            self.waiting.append(answer.json()["id"])
        return bool(answer.status_code == 202)

    def _look_at(self, job_id: str) -> None:
        answer = self._api.client.get(f"/v1/jobs/{job_id}", headers=self.key)
        self.answers[answer.status_code] += answer.status_code != 200
        if answer.json()["status"] == "succeeded":
            self.waiting.remove(job_id)
            self.jobs.append(answer.json())


@contextmanager
def a_worker(api: ApiHarness, ledger: Ledger) -> Iterator[None]:
    """Let one worker take whatever is next as long as the block is entered."""
    stop = threading.Event()
    handler = JobHandler(
        worker="w",
        ledger=ledger,
        blobs=api.blobs,
        kinds=KINDS,
        runners={"image": FakeRunner()},
        settings=SETTINGS,
        give_up=stop.set,
        offer=lambda: EVERYTHING,
        holds=lambda _: None,
        tell=lambda: None,
    )

    def work() -> None:
        while not stop.is_set():
            handler.handle("job_" + "0" * 32)
            stop.wait(0.001)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def test_a_crowd_is_served_in_turns_and_meets_no_fault(api: ApiHarness) -> None:
    clients = [Client(api) for _ in range(CLIENTS)]
    for client in clients:
        client.begin()  # one after the other: the first has three jobs before all
    assert api.ledger.queue_depth() == CLIENTS * ACTIVE
    with a_worker(api, api.ledger):
        for client in clients:
            client.start()
        for client in clients:
            client.join(60)
    for client in clients:
        assert set(client.answers) <= {202, 429, 200}
        assert (client.answers[202], len(client.jobs)) == (JOBS, JOBS)
        assert client.answers[429] > 0, "more were sent than may be unfinished"
    started = sorted(
        (job["started_at"], number)
        for number, client in enumerate(clients)
        for job in client.jobs
    )
    turns = [number for _, number in started]
    for begin in range(0, CLIENTS * ACTIVE, CLIENTS):
        assert sorted(turns[begin : begin + CLIENTS]) == list(range(CLIENTS))
    # Then some may find no job of theirs waiting: they ask again every 20 ms.
    assert set(Counter(turns).values()) == {JOBS}
    assert api.ledger.queue_depth() == 0
