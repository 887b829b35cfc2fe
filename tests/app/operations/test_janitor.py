import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.archive.rebuilding import Rebuilder
from app.contract.kind import Lane
from app.contract.messages.webhooks import WebhookEvent
from app.contract.ports import LedgerUnavailableError, StorageUnavailableError
from app.operations.janitor import Janitor
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness
from tests.app.rounds import make_round
from tests.fakes import MemoryBlobStore, MemoryDoorbell, MemoryWebhookBell
from tests.ledgers import ScratchLedger


class ScriptedLedger(ScratchLedger):
    """Answers `reap` from a list; an exception in it is raised."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = list(answers)

    def reap(self) -> list[str]:
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    def get(self, job_id: str) -> Any:
        return SimpleNamespace(id=job_id, lane=Lane.SHORT)


def janitor_of(*answers: Any) -> tuple[Janitor, MemoryDoorbell]:
    bell = MemoryDoorbell()
    ledger: Any = ScriptedLedger(*answers)
    return a_janitor(ledger, bell), bell


def a_janitor(
    ledger: Any,
    doorbell: Any = None,
    blobs: Any = None,
    webhook_bell: Any = None,
) -> Janitor:
    blobs = blobs or MemoryBlobStore()
    return Janitor(
        ledger=ledger,
        doorbell=doorbell or MemoryDoorbell(),
        blobs=blobs,
        rebuilder=Rebuilder(ledger, blobs, ledger.reservations, 60.0),
        outbox=ledger.outbox,
        webhook_bell=webhook_bell or MemoryWebhookBell(),
    )


def test_a_round_rings_for_each_job_that_needs_it() -> None:
    janitor, bell = janitor_of(["job_1", "job_2"], [], ["job_3"])
    for _ in range(3):
        make_round(janitor)
    assert bell.rung == ["job_1", "job_2", "job_3"]
    assert bell.lanes == {Lane.SHORT}


def test_an_outage_is_logged_once_and_its_end_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    down = LedgerUnavailableError("refused")
    janitor, bell = janitor_of(down, down, down, ["job_1"], [], down)
    with caplog.at_level(logging.INFO, "app.operations.janitor"):
        for _ in range(6):
            make_round(janitor)
    assert bell.rung == ["job_1"]
    levels = [record.levelname for record in caplog.records]
    assert levels == ["ERROR", "INFO", "INFO", "ERROR"]


def test_a_fault_of_ours_does_not_end_the_rounds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    janitor, bell = janitor_of(ZeroDivisionError(), ["job_1"])
    make_round(janitor)
    make_round(janitor)
    assert bell.rung == ["job_1"]
    assert "ZeroDivisionError" in caplog.text


def test_it_works_as_long_as_the_application_runs(
    build_api: Callable[..., ApiHarness],
) -> None:
    ledger = ScriptedLedger(["job_1"], ["job_2"], ["job_3"])
    api = build_api(settings=ApiSettings(tidy_interval_s=0.01), ledger=ledger)
    with TestClient(api.app):
        deadline = time.monotonic() + 5
        while len(api.doorbell.rung) < 3 and time.monotonic() < deadline:
            time.sleep(0.005)
    assert api.doorbell.rung == ["job_1", "job_2", "job_3"]
    ledger.answers.append(["job_4"])
    time.sleep(0.05)
    assert api.doorbell.rung[-1] == "job_3"


def test_blobs_that_nobody_needs_are_deleted(api: ApiHarness) -> None:
    class SweepingLedger(ScriptedLedger):
        def sweep(self) -> list[str]:
            return ["uploads/aa", "results/gone"]

    blobs: Any = MemoryBlobStore({"uploads/aa": b"1", "uploads/bb": b"2"})
    ledger: Any = SweepingLedger()
    make_round(a_janitor(ledger, api.doorbell, blobs))
    assert set(blobs.blobs) == {"uploads/bb"}


def test_a_round_rings_for_webhooks_while_a_message_is_due_that_nobody_has() -> None:
    ledger, bell = ScriptedLedger(), MemoryWebhookBell()
    janitor = a_janitor(ledger, webhook_bell=bell)
    make_round(janitor)
    assert bell.rings == 0
    ledger.make_due("job_1", WebhookEvent.SUCCEEDED)
    make_round(janitor)
    make_round(janitor)
    assert bell.rings == 2
    ledger.outbox.take(30.0)
    make_round(janitor)
    assert bell.rings == 2


def test_blob_that_cannot_be_deleted_now_is_deleted_later() -> None:
    due = [["results/a", "results/b"], []]

    class OnceSweeping(ScriptedLedger):
        def sweep(self) -> list[str]:
            return due.pop(0)

    class Away(MemoryBlobStore):
        is_away = True

        def delete(self, key: str) -> None:
            if self.is_away and key == "results/b":
                raise StorageUnavailableError("no answer")
            super().delete(key)

    blobs: Any = Away({"results/a": b"1", "results/b": b"2"})
    janitor = a_janitor(OnceSweeping(), blobs=blobs)
    make_round(janitor)
    blobs.is_away = False
    make_round(janitor)
    assert blobs.blobs == {}


def test_silent_storage_does_not_keep_bells_from_being_rung() -> None:
    go = threading.Event()

    class Sweeping(ScriptedLedger):
        def sweep(self) -> list[str]:
            return ["results/a"]

    class Silent(MemoryBlobStore):
        def delete(self, key: str) -> None:
            assert go.wait(10)

    ledger = Sweeping(*([f"job_{n}"] for n in range(3)))
    bell = MemoryDoorbell()

    async def work() -> None:
        working = asyncio.create_task(a_janitor(ledger, bell, Silent()).work(0.01))
        end_s = time.monotonic() + 5
        while len(bell.rung) < 3 and time.monotonic() < end_s:
            await asyncio.sleep(0.01)
        working.cancel()
        go.set()
        with contextlib.suppress(asyncio.CancelledError):
            await working

    asyncio.run(work())
    assert bell.rung == ["job_0", "job_1", "job_2"]


def test_bell_that_cannot_be_rung_does_not_keep_it_from_sweeping() -> None:
    class FullDoorbell(MemoryDoorbell):
        def ring(self, job_id: str, lane: Lane) -> None:
            raise LedgerUnavailableError("no memory left")

    class SweepingLedger(ScriptedLedger):
        def sweep(self) -> list[str]:
            return ["uploads/aa"]

    blobs: Any = MemoryBlobStore({"uploads/aa": b"1"})
    janitor = a_janitor(SweepingLedger(["job_1"]), FullDoorbell(), blobs)
    make_round(janitor)
    assert blobs.blobs == {}
