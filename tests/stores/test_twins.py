"""The ledger in Redis and its twin in memory cannot be told apart."""

from typing import Any

import pytest

from app.stores.connections import connect
from app.stores.ledger import LedgerRules
from tests.stores.conftest import let_server_grow_older
from tests.stores.twins import Twins
from tests.stores.walk import Walk

RULES = LedgerRules(
    lease_s=2.0,
    max_attempts=3,
    bell_patience_s=1.0,
    round_gap_s=1e9,
    queue_limit=8,
    active_limit=5,
    record_ttl_s=3600.0,
    blob_grace_s=1.0,
    preview_ttl_s=1000.0,
    previews_kept=2,
    samples_kept=2,
)
STEPS = 120


@pytest.mark.parametrize("seed", range(4))
def test_the_twins_answer_alike_whatever_happens(valkey_url: str, seed: int) -> None:
    client: Any = connect(valkey_url)
    let_server_grow_older(client, RULES.lease_s)
    walk = Walk(Twins(client, RULES), seed)
    walk.take(STEPS)
    walk.end_all()
    client.flushall()
    client.close()
