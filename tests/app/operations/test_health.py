import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.contract.ports import LedgerUnavailableError, StorageUnavailableError
from app.contract.workers import WorkerCard
from app.settings import ApiSettings
from app.stores.memory import MemoryBlobStore, MemoryLedger, MemoryRoster
from tests.app.conftest import House
from tests.app.jobs.test_routes import assert_problem


class DeadLedger(MemoryLedger):
    def ping(self) -> None:
        raise LedgerUnavailableError("refused by secret:6379")


class ForgetfulRoster(MemoryRoster):
    def workers(self) -> list[WorkerCard]:
        raise LedgerUnavailableError("time-out")


class FullBlobs(MemoryBlobStore):
    def check(self) -> None:
        raise StorageUnavailableError("no space at /secret")


def test_full_disk_is_called_so_with_its_numbers(data_dir: Path) -> None:
    """Where it is, is for the operator's log."""
    settings = ApiSettings(data_dir=data_dir, min_free_bytes=2**62)
    house = House(settings, blobs=settings.open_blobs())
    said = checks_of(house)["storage"]
    room = f"the disk is full: [0-9]+ MiB are free, {2**42} MiB are needed"
    assert re.fullmatch(room, said)
    answer = house.submit()
    assert_problem(answer, 503, "storage_full")
    problem = answer.json()
    assert problem["retryable"] is True
    assert problem["detail"] == f"Nothing more can be stored: {said}."
    assert problem["free_bytes"] > 0
    assert problem["needed_bytes"] > 2**62
    assert str(data_dir) not in answer.text


def checks_of(house: House) -> Any:
    answer = house.client.get("/readyz")
    assert answer.status_code == 503
    body = answer.json()
    assert body["code"] == "not_ready"
    assert body["ready"] is False
    assert "secret" not in answer.text
    assert answer.headers["retry-after"] == "5"
    return body["checks"]


def test_ready_is_queue_and_storage_and_a_worker(house: House) -> None:
    house.roster.announce(WorkerCard(name="worker-1"))
    answer = house.client.get("/readyz")
    assert answer.status_code == 200
    checks = {"redis": "ok", "storage": "ok", "workers": "ok"}
    assert answer.json() == {"ready": True, "checks": checks}


def test_without_a_worker_nothing_is_ready(house: House) -> None:
    checks = {"redis": "ok", "storage": "ok", "workers": "none is alive"}
    assert checks_of(house) == checks


def test_why_there_is_no_worker_is_told(house: House) -> None:
    house.roster.explain("one could not start: no torch", 60)
    assert checks_of(house)["workers"] == (
        "none is alive, one could not start: no torch"
    )


@pytest.mark.parametrize(
    ("stores", "failed"),
    [
        ({"ledger": DeadLedger()}, {"redis", "workers"}),
        ({"roster": ForgetfulRoster()}, {"workers"}),
        ({"blobs": FullBlobs()}, {"storage"}),
        (
            {"ledger": DeadLedger(), "blobs": FullBlobs()},
            {"redis", "storage", "workers"},
        ),
    ],
)
def test_each_check_that_fails_is_named(
    build_house: Callable[..., House], stores: dict[str, Any], failed: set[str]
) -> None:
    house = build_house(**stores)
    house.roster.announce(WorkerCard(name="worker-1"))
    checks = checks_of(house)
    assert {name for name, result in checks.items() if result != "ok"} == failed


def test_alive_is_the_process_alone(build_house: Callable[..., House]) -> None:
    house = build_house(ledger=DeadLedger(), blobs=FullBlobs())
    answer = house.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
