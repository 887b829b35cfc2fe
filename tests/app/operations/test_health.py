import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.contract.kind import Lane
from app.contract.ports import LedgerUnavailableError, StorageUnavailableError
from app.contract.workers import WorkerInfo
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.fakes import MemoryBlobStore, MemoryWorkerRegistry
from tests.ledgers import ScratchLedger


class DeadLedger(ScratchLedger):
    def ping(self) -> None:
        raise LedgerUnavailableError("refused by secret:6379")


class ForgetfulWorkerRegistry(MemoryWorkerRegistry):
    def workers(self) -> list[WorkerInfo]:
        raise LedgerUnavailableError("time-out")


class FullBlobs(MemoryBlobStore):
    def check(self) -> None:
        raise StorageUnavailableError("no space at /secret")


def test_full_disk_is_called_so_with_its_numbers(data_dir: Path) -> None:
    """Where it is, is for the operator's log."""
    settings = ApiSettings(data_dir=data_dir, min_free_bytes=2**62)
    api = ApiHarness(settings, blobs=settings.open_blobs())
    said = checks_of(api)["storage"]
    room = f"the disk is full: [0-9]+ MiB are free, {2**42} MiB are needed"
    assert re.fullmatch(room, said)
    answer = api.submit()
    assert_problem(answer, 503, "storage_full")
    problem = answer.json()
    assert problem["retryable"] is True
    assert problem["detail"] == f"Nothing more can be stored: {said}."
    assert problem["free_bytes"] > 0
    assert problem["needed_bytes"] > 2**62
    assert str(data_dir) not in answer.text


def checks_of(api: ApiHarness) -> Any:
    answer = api.client.get("/readyz")
    assert answer.status_code == 503
    body = answer.json()
    assert body["code"] == "not_ready"
    assert body["ready"] is False
    assert "secret" not in answer.text
    assert answer.headers["retry-after"] == "5"
    return body["checks"]


def test_ready_is_queue_and_storage_and_a_worker(api: ApiHarness) -> None:
    api.worker_registry.announce(WorkerInfo(name="worker-1"))
    answer = api.client.get("/readyz")
    assert answer.status_code == 200
    checks = {"redis": "ok", "storage": "ok", "workers": "ok"}
    assert answer.json() == {"ready": True, "checks": checks, "hint": None}


def test_without_a_worker_nothing_is_ready(api: ApiHarness) -> None:
    checks = {"redis": "ok", "storage": "ok", "workers": "none is alive"}
    assert checks_of(api) == checks


def test_a_lane_whose_worker_cannot_start_is_told_of(api: ApiHarness) -> None:
    light = WorkerInfo(name="light", lanes=(Lane.SHORT,))
    api.worker_registry.announce(light)
    assert api.client.get("/readyz").status_code == 200, "nobody means to serve it"
    api.worker_registry.explain("one could not start: no torch", 60)
    assert checks_of(api)["workers"] == (
        "none serves the lane long, one could not start: no torch"
    )


def test_why_there_is_no_worker_is_told(api: ApiHarness) -> None:
    api.worker_registry.explain("one could not start: no torch", 60)
    assert checks_of(api)["workers"] == ("none is alive, one could not start: no torch")


@pytest.mark.parametrize(
    ("stores", "failed"),
    [
        ({"ledger": DeadLedger()}, {"redis", "workers"}),
        ({"worker_registry": ForgetfulWorkerRegistry()}, {"workers"}),
        ({"blobs": FullBlobs()}, {"storage"}),
        (
            {"ledger": DeadLedger(), "blobs": FullBlobs()},
            {"redis", "storage", "workers"},
        ),
    ],
)
def test_each_check_that_fails_is_named(
    build_api: Callable[..., ApiHarness], stores: dict[str, Any], failed: set[str]
) -> None:
    api = build_api(**stores)
    api.worker_registry.announce(WorkerInfo(name="worker-1"))
    checks = checks_of(api)
    assert {name for name, result in checks.items() if result != "ok"} == failed


def test_alive_is_the_process_alone(build_api: Callable[..., ApiHarness]) -> None:
    api = build_api(ledger=DeadLedger(), blobs=FullBlobs())
    answer = api.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
