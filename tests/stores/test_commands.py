"""The log of what was asked of a job: in order, bounded, heard by each attempt anew."""

import pytest

from app.contract.commands import Command, Verb
from app.contract.ports import (
    Beat,
    BeatReply,
    Claim,
    JobFinishedError,
    JobNotFoundError,
)
from tests.stores.harness import LONG_S, LedgerHarness
from tests.stores.new_jobs import new_job, outcome

CHANGE = Verb.CHANGE


@pytest.fixture
def job_id(harness: LedgerHarness) -> str:
    job = new_job()
    harness.ledger.create(job)
    return job.id


def claimed(harness: LedgerHarness, worker: str = "w") -> Claim:
    claim = harness.ledger.claim("", worker)
    assert claim is not None
    return claim


def heard(harness: LedgerHarness, claim: Claim, obeyed: int = 0) -> list[Command]:
    answer = harness.ledger.beat(*claim, None, obeyed=obeyed)
    assert answer.reply is BeatReply.GO_ON
    return list(answer.commands)


def change(sequence: int, **values: object) -> Command:
    return Command(sequence=sequence, verb=CHANGE, values=values)  # type: ignore[arg-type]  # JSON


def test_commands_come_with_the_beat_and_only_once(
    harness: LedgerHarness, job_id: str
) -> None:
    ledger = harness.ledger
    assert ledger.requests.append(job_id, CHANGE, {"a": 0.1234567890123456789}) == 1
    claim = claimed(harness)
    assert heard(harness, claim) == [change(1, a=0.1234567890123456789)]
    assert heard(harness, claim, obeyed=1) == []
    assert ledger.requests.append(job_id, CHANGE, {"b": [], "c": {}, "d": None}) == 2
    assert ledger.requests.append(job_id, Verb.PAUSE) == 3
    told = [change(2, b=[], c={}, d=None), Command(sequence=3, verb=Verb.PAUSE)]
    assert heard(harness, claim, obeyed=1) == told


def test_a_later_attempt_hears_all_of_them_anew(
    harness: LedgerHarness, job_id: str
) -> None:
    ledger = harness.ledger
    ledger.requests.append(job_id, CHANGE, {"a": 1})
    first = claimed(harness)
    ledger.requests.append(job_id, CHANGE, {"b": 2})
    told = [change(1, a=1), change(2, b=2)]
    assert heard(harness, first) == told
    ledger.hand_back(*first)
    second = claimed(harness, "w2")
    assert heard(harness, second) == told
    assert ledger.beat(*first, None) == Beat(BeatReply.LEASE_LOST)
    # Killed: its lease runs out.
    harness.pass_time(LONG_S)
    ledger.reap()
    ledger.requests.append(job_id, CHANGE, {"a": 3})
    third = claimed(harness, "w3")
    assert third.attempt == 3
    assert heard(harness, third) == [change(2, b=2), change(3, a=3)]


def test_the_log_is_no_longer_than_there_are_things_to_ask_for(
    harness: LedgerHarness, job_id: str
) -> None:
    ledger = harness.ledger
    ledger.requests.append(job_id, CHANGE, {"a": 0, "b": 0})
    for number in range(200):
        assert ledger.requests.append(job_id, CHANGE, {"a": number}) == number + 2
    ledger.requests.append(job_id, Verb.PAUSE)
    ledger.requests.append(job_id, Verb.PAUSE)
    assert ledger.client.hlen(f"impasto:commands:{job_id}") == 3
    told = [change(1, b=0), change(201, a=199), Command(sequence=203, verb=Verb.PAUSE)]
    assert heard(harness, claimed(harness)) == told


def test_finish_and_cancel_are_told_as_ever(
    harness: LedgerHarness, job_id: str
) -> None:
    ledger = harness.ledger
    claim = claimed(harness)
    ledger.requests.append(job_id, CHANGE, {"a": 1})
    ledger.requests.finish(job_id)
    assert ledger.beat(*claim, None) == (BeatReply.FINISH, (change(1, a=1),))
    assert ledger.beat(*claim, None, obeyed=1) == (BeatReply.FINISH, ())
    ledger.requests.cancel(job_id)
    assert ledger.beat(*claim, None) == (BeatReply.CANCEL, ())
    with pytest.raises(JobFinishedError):
        ledger.requests.append(job_id, CHANGE, {"a": 2})


def test_nothing_is_asked_of_a_job_that_has_ended_or_is_not_there(
    harness: LedgerHarness, job_id: str
) -> None:
    ledger = harness.ledger
    ledger.requests.append(job_id, CHANGE, {"a": 1})
    ledger.succeed(*claimed(harness), outcome())
    with pytest.raises(JobFinishedError):
        ledger.requests.append(job_id, CHANGE, {"a": 2})
    with pytest.raises(JobNotFoundError):
        ledger.requests.append("job_none", CHANGE, {"a": 2})


def test_the_log_goes_with_the_job(harness: LedgerHarness, job_id: str) -> None:
    ledger, name = harness.ledger, f"impasto:commands:{job_id}"
    ledger.requests.append(job_id, CHANGE, {"a": 1})
    assert ledger.client.ttl(name) == -1
    ledger.succeed(*claimed(harness), outcome())
    assert 0 < ledger.client.ttl(name) <= ledger.get(job_id).ttl_seconds
    ledger.delete(job_id)
    assert ledger.client.exists(name) == 0
