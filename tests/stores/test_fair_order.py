"""Who is served next: fair between owners, in order within one, and nobody starves."""

import itertools
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.contract.jobs import NewJob
from app.contract.ports import Ledger
from app.contract.priorities import Priority
from app.stores.ledger import LedgerRules
from app.stores.ledger.records import charge_of
from tests.ledgers import ScratchLedger, made_whole
from tests.stores.new_jobs import new_job, outcome

RULES = LedgerRules(queue_limit=200, active_limit=200)
#: Cheap beside what each of their jobs costs: the fixture's server is cleaned by hand.
FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
OWNERS = ("ada", "bob", "cem")
SIZES = (64, 256, 512, 1024)
workers = map("w{}".format, itertools.count())


class Bureau(NamedTuple):
    """A ledger, which is emptied for each example."""

    ledger: ScratchLedger

    def clean(self) -> Ledger:
        self.ledger.lose_everything()
        return made_whole(self.ledger)


@pytest.fixture
def bureau() -> Bureau:
    return Bureau(ScratchLedger(RULES))


def a_job(owner: str | None, size: int = 64, priority: str = "normal") -> NewJob:
    return new_job({"owner": owner, "priority": Priority(priority)}, size=size)


def place(ledger: Ledger, *submissions: tuple[Any, ...]) -> list[NewJob]:
    jobs = [a_job(*each) for each in submissions]
    for job in jobs:
        ledger.create(job)
    return jobs


def claim(ledger: Ledger) -> str | None:
    claimed = ledger.claim("job_" + "0" * 32, next(workers))
    return None if claimed is None else claimed.job_id


def serve_all(ledger: Ledger) -> list[str]:
    return list(iter(lambda: claim(ledger), None))


def names(jobs: Sequence[NewJob], served: Sequence[str]) -> list[int]:
    """Return which of the jobs were served, as their numbers."""
    numbers = {job.id: number for number, job in enumerate(jobs)}
    return [numbers[job_id] for job_id in served]


def test_single_job_does_not_wait_for_another_keys_batch(bureau: Bureau) -> None:
    batch = [a_job("ada") for _ in range(32)]
    bureau.ledger.create(*batch)
    (single,) = place(bureau.ledger, ("bob",))
    assert bureau.ledger.get(single.id).queue_position == 1
    assert names([*batch, single], serve_all(bureau.ledger)) == [0, 32, *range(1, 32)]


def test_owners_take_turns_in_the_order_of_their_arrival(bureau: Bureau) -> None:
    jobs = place(
        bureau.ledger, *((owner,) for owner in ("cem", "cem", "cem", "ada", "bob"))
    )
    assert names(jobs, serve_all(bureau.ledger)) == [0, 3, 4, 1, 2]


def test_large_jobs_count_as_much_as_the_small_ones_that_they_outweigh(
    bureau: Bureau,
) -> None:
    large = a_job("ada", 512)
    weight = charge_of(large) // charge_of(a_job("bob"))
    assert weight > 10
    jobs = [large, *(a_job("bob") for _ in range(weight + 5))]
    for job in jobs:
        bureau.ledger.create(job)
    turn = names(jobs, serve_all(bureau.ledger)).index(0)
    assert weight - 1 <= turn <= weight


def test_without_keys_the_oldest_job_is_next_whatever_its_size(bureau: Bureau) -> None:
    sizes = (1024, 64, 512, 64)
    jobs = place(bureau.ledger, *((None, size) for size in sizes))
    assert names(jobs, serve_all(bureau.ledger)) == [0, 1, 2, 3]


def test_owners_own_jobs_are_served_by_priority_then_by_age(bureau: Bureau) -> None:
    words = ("low", "normal", "high", "low", "high", "normal")
    jobs = place(bureau.ledger, *((None, 64, word) for word in words))
    assert names(jobs, serve_all(bureau.ledger)) == [2, 4, 1, 5, 0, 3]


def test_high_jobs_have_four_times_the_share_and_low_ones_a_fourth(
    bureau: Bureau,
) -> None:
    for owner, word in (("ada", "high"), ("bob", "normal"), ("cem", "low")):
        place(bureau.ledger, *[(owner, 64, word)] * 50)
    served = [bureau.ledger.get(job_id).owner for job_id in serve_all(bureau.ledger)]
    counts = [served[:42].count(owner) for owner in OWNERS]
    assert counts == pytest.approx([32, 8, 2], abs=1)


def test_urgent_job_overtakes_its_owners_others_and_nobody_else_pays(
    bureau: Bureau,
) -> None:
    jobs = place(bureau.ledger, ("ada",), ("ada",), ("bob",), ("bob",))
    assert claim(bureau.ledger) == jobs[0].id
    jobs += place(bureau.ledger, ("ada", 64, "high"))
    # It counts a quarter: less than bob's, who waited for his turn.
    assert names(jobs, serve_all(bureau.ledger)) == [2, 4, 3, 1]


def test_canceled_job_costs_its_owner_nothing(bureau: Bureau) -> None:
    jobs = place(bureau.ledger, ("ada", 1024), ("ada",), ("bob",), ("bob",))
    bureau.ledger.requests.cancel(jobs[0].id)
    assert names(jobs, serve_all(bureau.ledger)) == [1, 2, 3]


def test_nobody_saves_up_turns_behind_a_job_that_is_then_canceled(
    bureau: Bureau,
) -> None:
    giant = place(bureau.ledger, ("ada", 1024))[0]
    place(bureau.ledger, *[("bob",)] * 9)
    for _ in range(5):
        claim(bureau.ledger)
    small = place(bureau.ledger, *[("ada",)] * 4)
    bureau.ledger.requests.cancel(giant.id)
    owners = [bureau.ledger.get(job_id).owner for job_id in serve_all(bureau.ledger)]
    assert owners[:6] in (["bob", "ada"] * 3, ["ada", "bob"] * 3)
    assert owners.count("ada") == len(small)


def test_job_that_is_handed_back_is_next_and_is_not_charged_again(
    bureau: Bureau,
) -> None:
    jobs = place(bureau.ledger, *[("ada",)] * 3, *[("bob",)] * 3)
    assert [claim(bureau.ledger), claim(bureau.ledger)] == [jobs[0].id, jobs[3].id]
    bureau.ledger.hand_back(jobs[3].id, 1)
    assert bureau.ledger.get(jobs[3].id).queue_position == 0
    assert names(jobs, serve_all(bureau.ledger)) == [3, 1, 4, 2, 5]


def test_key_that_was_idle_has_no_claim_on_the_turns_it_missed(bureau: Bureau) -> None:
    place(bureau.ledger, *[("ada",)] * 10)
    for _ in range(6):
        claim(bureau.ledger)
    place(bureau.ledger, *[("bob",)] * 4)
    owners = [bureau.ledger.get(job_id).owner for job_id in serve_all(bureau.ledger)]
    assert owners == ["ada", "bob"] * 4


def test_large_job_is_served_however_many_small_ones_of_new_keys_come(
    bureau: Bureau,
) -> None:
    (large,) = place(bureau.ledger, ("ada", 512, "low"))
    rounds = charge_of(large) // charge_of(a_job("bob"))
    for number in range(rounds):
        place(bureau.ledger, (f"key_{number}",))
        if claim(bureau.ledger) == large.id:
            return
    assert claim(bureau.ledger) == large.id


SERVICE = st.lists(
    st.one_of(
        st.just("claim"), st.tuples(st.sampled_from(OWNERS), st.sampled_from(SIZES))
    ),
    min_size=10,
    max_size=60,
)


@FEW
@given(steps=SERVICE)
def test_what_two_waiting_owners_are_served_differs_by_a_job_of_each_at_most(
    bureau: Bureau, steps: list[Any]
) -> None:
    """Golestani's bound, over every stretch in which both have jobs waiting."""
    ledger = bureau.clean()
    waiting: dict[str, dict[str, int]] = {owner: {} for owner in OWNERS}
    largest = dict.fromkeys(OWNERS, 0)
    leads = {pair: [0] for pair in itertools.combinations(OWNERS, 2)}
    for step in [*steps, *["claim"] * len(steps)]:
        if step != "claim":
            (job,) = place(ledger, step)
            waiting[step[0]][job.id] = charge_of(job)
            largest[step[0]] = max(largest[step[0]], charge_of(job))
        elif (job_id := claim(ledger)) is not None:
            owner = next(each for each in OWNERS if job_id in waiting[each])
            charge = waiting[owner].pop(job_id)
            for (one, other), lead in leads.items():
                lead.append(lead[-1] + charge * ((owner == one) - (owner == other)))
        for (one, other), lead in leads.items():
            assert max(lead) - min(lead) <= largest[one] + largest[other]
            if not (waiting[one] and waiting[other]):
                lead[:] = [0]  # the stretch is over


@FEW
@given(steps=SERVICE)
def test_positions_tell_the_order_in_which_jobs_are_served(
    bureau: Bureau, steps: list[Any]
) -> None:
    ledger = bureau.clean()
    waiting: set[str] = set()
    for step in steps:
        if step == "claim":
            waiting.discard(claim(ledger) or "")
        else:
            waiting |= {job.id for job in place(ledger, step)}
    told = sorted(waiting, key=lambda job_id: ledger.get(job_id).queue_position or 0)
    assert serve_all(ledger) == told


def test_the_queue_remembers_nothing_of_owners_that_have_left(bureau: Bureau) -> None:
    ledger, client = bureau.ledger, bureau.ledger.client
    for number in range(20):
        jobs = place(ledger, *[(f"key_{number}", 64, "high"), (f"key_{number}",)] * 2)
        for job_id in (claim(ledger), claim(ledger)):
            assert job_id is not None
            ledger.succeed(job_id, 1, outcome())
        for job in jobs[1:]:
            if not ledger.get(job.id).status.is_final:
                ledger.requests.cancel(job.id)
    ours = set(client.scan_iter("impasto:line:*")) | set(client.scan_iter("*:queue"))
    assert ours == set()
    assert set(client.hgetall("impasto:order")) == {"virtual_time", "arrivals"}
    place(ledger, ("ada",))
    assert client.hget("impasto:order", "virtual_time") == "0", "numbers stay small"


def test_jobs_that_an_older_version_queued_keep_their_turn(bureau: Bureau) -> None:
    """It knew neither charges nor lines: the score was the time of arrival."""
    ledger, client = bureau.ledger, bureau.ledger.client
    old = place(ledger, ("ada",), ("bob",))
    for number, job in enumerate(old):
        client.hdel(f"impasto:job:{job.id}", "rank", "charge")
        client.zadd("impasto:queue", {job.id: time.time() + number})
    client.delete("impasto:order", "impasto:line:ada", "impasto:line:bob")
    jobs = [*old, *place(ledger, ("ada",), ("cem",))]
    served = claim(ledger)
    assert served == jobs[0].id
    ledger.hand_back(jobs[0].id, 1)
    assert names(jobs, serve_all(ledger)) == [0, 1, 2, 3]


def test_turn_that_is_taken_again_does_not_turn_the_clock_back(bureau: Bureau) -> None:
    """Else a new key would begin where the lost job began, before all who wait."""
    ledger = bureau.ledger
    jobs = place(ledger, ("ada",), *[("bob",)] * 4)
    assert claim(ledger) == jobs[0].id
    assert names(jobs, [claim(ledger) or "" for _ in range(3)]) == [1, 2, 3]
    assert ledger.hand_back(jobs[0].id, 1)
    assert claim(ledger) == jobs[0].id
    newcomers = place(ledger, ("cem",), ("cem",))
    everybody = [*jobs, *newcomers]
    assert names(everybody, serve_all(ledger)) == [4, 5, 6]
