"""The front of house over memory, served by uvicorn on a free port, with work in it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from app.contract.workers import WorkerCard
from app.server import uvicorn_options
from app.settings import ApiSettings
from app.stores.ledger.rules import LedgerRules
from tests.app.conftest import House, a_progress
from tests.fakes import MemoryRoster
from tests.ledgers import ScratchLedger

#: So many jobs may wait: what the checks send must not fill the queue.
QUEUE_LIMIT = 1_000_000


@dataclass(frozen=True)
class Furnished:
    """A house, and the ids of what is in it by the names of environment variables."""

    house: House
    ids: dict[str, str]


def furnished_house() -> Furnished:
    """Return a house with a job in every state and workers that stay alive."""
    rules = LedgerRules(queue_limit=QUEUE_LIMIT, worker_patience_s=3600)
    house = House(
        # Nobody paints here: who prefers to wait for a picture is answered at once.
        settings=ApiSettings(queue_limit=QUEUE_LIMIT, waits_at_once=0),
        ledger=ScratchLedger(rules),
        roster=MemoryRoster(rules),
    )
    house.roster.announce(WorkerCard(name="worker-1", device="cpu"))
    ids = {
        "JOB_SUCCEEDED": house.succeeded(),
        "JOB_FAILED": house.failed(),
        "JOB_CANCELED": house.canceled(),
        "JOB_RUNNING": house.running(a_progress(eta_s=5.0)),
    }
    return Furnished(house, ids)


@contextmanager
def served(house: House) -> Iterator[str]:
    """Serve the house as `impasto api` would; yield its origin."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        options = uvicorn_options(house.settings) | {"log_level": "error"}
        server = uvicorn.Server(uvicorn.Config(house.app, **options))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
