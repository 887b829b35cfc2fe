"""A job that has run for long makes room for others, and takes turns with them."""

from typing import Any

import pytest

from app.contract.jobs import Checkpoint, JobStatus
from app.contract.kind import Lane, Needs
from app.contract.ports import BeatReply, Claim
from app.contract.records.wire import checkpoint_key
from app.stores.ledger import LedgerRules
from tests.ledgers import EVERYTHING, ScratchLedger
from tests.stores.new_jobs import new_job, outcome, progress

SLICE_S = 60.0
RULES = LedgerRules(slice_s=SLICE_S, lease_s=1e6, round_gap_s=1e6, active_limit=99)


@pytest.fixture
def ledger() -> ScratchLedger:
    return ScratchLedger(RULES, stands_still=True)


def pass_time(ledger: ScratchLedger, seconds: float) -> None:
    assert ledger.clock is not None
    ledger.clock.pass_time(seconds)


def created(ledger: ScratchLedger, owner: str, **fields: Any) -> str:
    job = new_job({"owner": owner, **fields})
    ledger.create(job)
    pass_time(ledger, 0.001)
    return job.id


def taken(ledger: ScratchLedger, worker: str = "w") -> Claim:
    claim = ledger.claim("", worker)
    assert claim is not None
    return claim


def note_state(ledger: ScratchLedger, claim: Claim) -> None:
    kept = Checkpoint(
        attempt=claim.attempt,
        step=3,
        blob_key=checkpoint_key(*claim),
        reproducibility=outcome().reproducibility,
    )
    assert ledger.note_checkpoint(*claim, kept)
    ledger.beat(*claim, progress().model_copy(update={"fraction": 0.25}))


def running(ledger: ScratchLedger, for_s: float = SLICE_S) -> Claim:
    """Return a job that has run for so long and has a state."""
    created(ledger, "ada", work=100.0)
    claim = taken(ledger)
    note_state(ledger, claim)
    pass_time(ledger, for_s)
    return claim


def reply(ledger: ScratchLedger, claim: Claim) -> BeatReply:
    return ledger.beat(*claim, None).reply


def test_it_makes_room_once_others_wait_and_its_time_is_over(
    ledger: ScratchLedger,
) -> None:
    claim = running(ledger, for_s=SLICE_S - 1)
    assert reply(ledger, claim) is BeatReply.GO_ON
    other = created(ledger, "bob", work=2.0)
    assert reply(ledger, claim) is BeatReply.GO_ON, "not yet"
    pass_time(ledger, 1)
    assert reply(ledger, claim) is BeatReply.MAKE_ROOM
    ledger.requests.cancel(other)
    assert reply(ledger, claim) is BeatReply.GO_ON, "nobody waits any more"


def test_it_goes_on_after_those_that_wait_and_no_attempt_is_charged(
    ledger: ScratchLedger,
) -> None:
    claim = running(ledger)
    others = [created(ledger, "bob", work=2.0) for _ in range(10)]
    assert ledger.hand_back(*claim, turn_over=True)
    job = ledger.get(claim.job_id)
    assert (job.status, job.attempt) == (JobStatus.QUEUED, 0)
    assert job.progress is not None, "what it has reached is still told"
    served = [taken(ledger, f"w{number}").job_id for number in range(11)]
    assert served == [*others, claim.job_id]
    assert ledger.counters()["slices"] == 1


def test_turns_are_charged_by_what_was_served(ledger: ScratchLedger) -> None:
    claim = running(ledger, for_s=20)  # a quarter of 100
    others = [created(ledger, "bob", work=10.0) for _ in range(10)]
    assert ledger.hand_back(*claim, turn_over=True)
    order = [taken(ledger, f"w{number}").job_id for number in range(11)]
    assert order.index(claim.job_id) == 2, "after 20 or so of the other one's"
    assert [each for each in order if each != claim.job_id] == others


def test_a_second_counts_at_least_as_much_as_a_small_job(ledger: ScratchLedger) -> None:
    claim = running(ledger)  # 60 s, and 25 of work
    others = [created(ledger, "bob", work=10.0) for _ in range(10)]
    assert ledger.hand_back(*claim, turn_over=True)
    order = [taken(ledger, f"w{number}").job_id for number in range(11)]
    assert order.index(claim.job_id) in (5, 6)
    assert [each for each in order if each != claim.job_id] == others


def test_its_own_keys_jobs_have_a_turn_too(ledger: ScratchLedger) -> None:
    claim = running(ledger)
    later = created(ledger, "ada", work=100.0)
    assert reply(ledger, claim) is BeatReply.MAKE_ROOM
    assert ledger.hand_back(*claim, turn_over=True)
    assert taken(ledger).job_id == later
    assert taken(ledger, "w2").job_id == claim.job_id


def test_nobody_makes_room_for_what_the_worker_cannot_do(ledger: ScratchLedger) -> None:
    created(ledger, "ada", work=100.0)
    offer = EVERYTHING.model_copy(update={"kinds": ("image",), "lanes": (Lane.LONG,)})
    claim = ledger.claim("", "w", offer)
    assert claim is not None
    note_state(ledger, claim)
    pass_time(ledger, SLICE_S)
    created(ledger, "bob", work=1.0, lane=Lane.SHORT)
    assert reply(ledger, claim) is BeatReply.GO_ON, "it does not serve that lane"
    created(ledger, "bob", work=1.0, kind="echo", needs=Needs(), lane=Lane.LONG)
    assert reply(ledger, claim) is BeatReply.GO_ON, "nor that kind"
    created(ledger, "bob", work=1.0)
    assert reply(ledger, claim) is BeatReply.MAKE_ROOM


def test_without_a_state_of_its_own_it_keeps_what_it_has_done(
    ledger: ScratchLedger,
) -> None:
    claim = running(ledger)
    created(ledger, "bob", work=1.0)
    ledger.hand_back(*claim)  # its worker left
    again = taken(ledger)
    assert again.job_id == claim.job_id
    pass_time(ledger, SLICE_S)
    assert reply(ledger, again) is BeatReply.GO_ON
    note_state(ledger, again)
    assert reply(ledger, again) is BeatReply.MAKE_ROOM


def test_a_pause_that_comes_at_once_counts_more(ledger: ScratchLedger) -> None:
    claim = running(ledger)
    created(ledger, "bob", work=1.0)
    ledger.requests.pause(claim.job_id)
    assert reply(ledger, claim) is BeatReply.PAUSE
    assert ledger.hand_back(*claim, turn_over=True)
    assert ledger.get(claim.job_id).paused_at is not None


def test_no_slices_where_an_operator_wants_none() -> None:
    ledger = ScratchLedger(
        LedgerRules(slice_s=0, lease_s=1e6, round_gap_s=1e6, active_limit=99),
        stands_still=True,
    )
    claim = running(ledger)
    created(ledger, "bob", work=1.0)
    assert reply(ledger, claim) is BeatReply.GO_ON
