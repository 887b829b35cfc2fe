"""What is too much is refused as a whole, however many ask at the same moment."""

import threading

import pytest

from app.contract.ports import Ledger, QueueFullError, TooManyActiveJobsError
from app.stores.ledger import LedgerRules
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import new_job

QUEUE_LIMIT, ACTIVE_LIMIT = 25, 10
RULES = LedgerRules(queue_limit=QUEUE_LIMIT, active_limit=ACTIVE_LIMIT)


@pytest.fixture
def ledger() -> Ledger:
    return ScratchLedger(RULES)


def crowd(ledger: Ledger, owner: str | None, size: int) -> list[str]:
    """Let eight threads send batches of that size until each is refused; say why."""
    refusals = []

    def send() -> None:
        try:
            for _ in range(QUEUE_LIMIT + 1):  # one may take all the room
                ledger.create(*(new_job({"owner": owner}) for _ in range(size)))
        except (QueueFullError, TooManyActiveJobsError) as error:
            refusals.append(type(error).__name__)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


@pytest.mark.parametrize("size", [1, 3])
def test_a_crowd_fills_the_queue_to_its_limit_and_not_beyond(
    ledger: Ledger, size: int
) -> None:
    assert crowd(ledger, None, size) == ["QueueFullError"] * 8
    assert ledger.queue_depth() == QUEUE_LIMIT // size * size


@pytest.mark.parametrize("size", [1, 3])
def test_a_crowd_with_one_key_has_so_many_unfinished_jobs_and_no_more(
    ledger: Ledger, size: int
) -> None:
    assert crowd(ledger, "ada", size) == ["TooManyActiveJobsError"] * 8
    assert ledger.active_jobs("ada") == ACTIVE_LIMIT // size * size
    assert crowd(ledger, "bob", 1) == ["TooManyActiveJobsError"] * 8
    assert ledger.active_jobs("bob") == ACTIVE_LIMIT, "the other key's are its own"


def test_running_jobs_of_a_key_count_and_ended_ones_do_not(ledger: Ledger) -> None:
    crowd(ledger, "ada", 1)
    claimed = ledger.claim("", "w")
    assert claimed is not None
    with pytest.raises(TooManyActiveJobsError):
        ledger.create(new_job({"owner": "ada"}))
    ledger.requests.cancel(claimed.job_id)
    assert ledger.cancel_done(*claimed)
    assert ledger.create(new_job({"owner": "ada"}))


def test_a_job_that_a_worker_gives_back_waits_even_in_a_full_queue(
    ledger: Ledger,
) -> None:
    crowd(ledger, None, 1)
    claimed = ledger.claim("", "w")
    assert claimed is not None
    ledger.create(new_job())
    assert ledger.hand_back(*claimed)
    assert ledger.queue_depth() == QUEUE_LIMIT + 1
    again = ledger.claim("", "v")
    assert again is not None
    assert again.job_id == claimed.job_id
