"""The API over memory, served by uvicorn on a free port, with work in it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from app.contract.workers import WorkerInfo
from app.server import uvicorn_options
from app.settings import ApiSettings
from app.stores.ledger.rules import LedgerRules
from tests.app.conftest import ApiHarness, a_progress
from tests.fakes import MemoryWorkerRegistry
from tests.ledgers import ScratchLedger

#: So many jobs may wait: what the checks send must not fill the queue.
QUEUE_LIMIT = 1_000_000


@dataclass(frozen=True)
class Furnished:
    """An API, and the ids of what is in it by the names of environment variables."""

    api: ApiHarness
    ids: dict[str, str]


def furnished_api() -> Furnished:
    """Return an API with a job in every state and workers that stay alive."""
    rules = LedgerRules(queue_limit=QUEUE_LIMIT, worker_patience_s=3600)
    api = ApiHarness(
        # Nobody paints here: who prefers to wait for a picture is answered at once.
        settings=ApiSettings(queue_limit=QUEUE_LIMIT, waits_at_once=0),
        ledger=ScratchLedger(rules),
        worker_registry=MemoryWorkerRegistry(rules),
    )
    api.worker_registry.announce(WorkerInfo(name="worker-1", device="cpu"))
    ids = {
        "JOB_SUCCEEDED": api.succeeded(),
        "JOB_FAILED": api.failed(),
        "JOB_CANCELED": api.canceled(),
        "JOB_RUNNING": api.running(a_progress(eta_s=5.0)),
    }
    return Furnished(api, ids)


@contextmanager
def served(api: ApiHarness) -> Iterator[str]:
    """Serve the API as `impasto api` would; yield its origin."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        options = uvicorn_options(api.settings) | {"log_level": "error"}
        server = uvicorn.Server(uvicorn.Config(api.app, **options))
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
