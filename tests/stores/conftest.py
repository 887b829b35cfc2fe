"""A ledger on a clean slate, and the means to let time pass for it."""

import pytest

from tests.ledgers import ScratchLedger
from tests.stores.bench import RULES, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench(ScratchLedger(RULES, stands_still=True))
