"""A ledger on a clean slate, and the means to let time pass for it."""

import pytest

from tests.ledgers import ScratchLedger
from tests.stores.harness import RULES, LedgerHarness


@pytest.fixture
def harness() -> LedgerHarness:
    return LedgerHarness(ScratchLedger(RULES, stands_still=True))
