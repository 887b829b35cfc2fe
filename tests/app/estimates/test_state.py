from typing import Any

import pytest

from app.contract.kind import Lane
from app.contract.ports import LedgerUnavailableError
from app.estimates import StateReader
from tests.fakes import MemoryWorkerRegistry
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import new_job


class CountingLedger(ScratchLedger):
    asked = 0
    is_down = False

    def lane_depths(self) -> dict[Lane, int]:
        self.asked += 1
        if self.is_down:
            raise LedgerUnavailableError("refused")
        return super().lane_depths()


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def ledger() -> CountingLedger:
    return CountingLedger()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(ledger: Any, clock: Clock) -> StateReader:
    return StateReader(ledger, MemoryWorkerRegistry(), clock=clock)


def test_the_ledger_is_asked_once_a_second(
    ledger: CountingLedger, clock: Clock, reader: StateReader
) -> None:
    assert reader.read().depth == 0
    ledger.create(new_job())
    asked = ledger.asked
    for _ in range(100):
        assert reader.read().depth == 0
    assert ledger.asked == asked
    clock.now_s += 1.1
    assert reader.read().depth == 1


def test_an_outage_is_remembered_as_long_and_then_forgotten(
    ledger: CountingLedger, clock: Clock, reader: StateReader
) -> None:
    ledger.is_down = True
    for _ in range(10):
        with pytest.raises(LedgerUnavailableError, match="refused"):
            reader.read()
    assert ledger.asked == 1
    ledger.is_down = False
    clock.now_s += 1.1
    assert reader.read().depth == 0
