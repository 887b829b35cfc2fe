"""Unlike workers: each gets the first job that it can do, of the lanes it serves."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract.jobs import JobStatus, NewJob
from app.contract.kind import Lane, Needs
from app.contract.ports.restoration import Restored
from app.contract.workers import WorkerOffer
from app.stores.ledger import LedgerRules
from tests.ledgers import EVERYTHING, ScratchLedger, made_whole
from tests.stores.harness import LedgerHarness
from tests.stores.new_jobs import new_job, outcome

RULES = LedgerRules(queue_limit=20_000, active_limit=20_000)
NOBODY = "job_" + "0" * 32
workers = map("w{}".format, itertools.count())


@pytest.fixture
def ledger() -> ScratchLedger:
    return ScratchLedger(RULES, stands_still=True)


def offer(**changes: Any) -> WorkerOffer:
    """Return what a worker can do that can do everything, but for the changes."""
    return EVERYTHING.model_copy(update=changes)


SHORT_ALONE = offer(lanes=(Lane.SHORT,))
LONG_ALONE = offer(lanes=(Lane.LONG,))


def a_job(
    lane: Lane = Lane.LONG, owner: str | None = "ada", work: float = 1.0, **needs: Any
) -> NewJob:
    of_queue = {"lane": lane, "work": work, "needs": Needs(**needs)}
    return new_job({"owner": owner}).model_copy(update=of_queue)


def place(ledger: ScratchLedger, *jobs: NewJob) -> list[str]:
    for job in jobs:
        if ledger.clock is not None:
            ledger.clock.pass_time(0.02)  # those of one moment have no order
        ledger.create(job)
    return [job.id for job in jobs]


def claim(ledger: ScratchLedger, able: WorkerOffer = EVERYTHING) -> str | None:
    """Let a worker that nobody has heard of take a job."""
    claimed = ledger.claim(NOBODY, next(workers), able)
    return None if claimed is None else claimed.job_id


def serve_all(ledger: ScratchLedger, able: WorkerOffer = EVERYTHING) -> list[str]:
    return list(iter(lambda: claim(ledger, able), None))


CASES: list[tuple[dict[str, Any], WorkerOffer]] = [
    ({"kind": "film"}, offer()),
    ({"lane": Lane.SHORT}, LONG_ALONE),
    ({"lane": Lane.LONG}, SHORT_ALONE),
    ({"needs": Needs(network="vgg19")}, offer(networks=("vgg16",))),
    ({"needs": Needs(device="cuda:0")}, offer(device="cpu")),
    ({"needs": Needs(memory="tiles", units=101)}, offer(units={"tiles": 100})),
    ({"needs": Needs(units=101)}, offer(units={"whole": 50, "auto": 100})),
]


@pytest.mark.parametrize(("changes", "able"), CASES)
def test_a_job_waits_for_a_worker_that_can_do_it(
    ledger: ScratchLedger, changes: dict[str, Any], able: WorkerOffer
) -> None:
    job = a_job().model_copy(update=changes)
    (possible,) = place(ledger, a_job(able.lanes[0]).model_copy(update={"work": 99}))
    (impossible,) = place(ledger, job)
    assert serve_all(ledger, able) == [possible]
    assert able.lacks(job) != []
    everything = offer(kinds=("image", "film"), device=job.needs.device or "cpu")
    assert everything.lacks(job) == []
    assert serve_all(ledger, everything) == [impossible]


def test_what_a_worker_does_not_tell_of_its_memory_refuses_nothing(
    ledger: ScratchLedger,
) -> None:
    ids = place(ledger, a_job(units=10**12), a_job(units=10**12, memory="tiles"))
    assert serve_all(ledger, offer(units={"whole": 5})) == ids


NEEDS = st.builds(
    Needs,
    network=st.sampled_from([None, "vgg19", "vgg16"]),
    device=st.sampled_from([None, "cpu", "cuda:0"]),
    memory=st.sampled_from(["auto", "whole", "tiles"]),
    units=st.integers(0, 4),
)
OFFERS = st.builds(
    WorkerOffer,
    kinds=st.sampled_from([("image",), ("film",), ("image", "film")]),
    lanes=st.sampled_from([tuple(Lane), (Lane.SHORT,), (Lane.LONG,)]),
    networks=st.sampled_from([(), ("vgg19",), ("vgg19", "vgg16")]),
    device=st.sampled_from(["cpu", "cuda:0"]),
    units=st.dictionaries(
        st.sampled_from(["auto", "whole", "tiles"]), st.integers(-1, 4)
    ),
)


def test_claim_gives_what_the_worker_lacks_nothing_for(ledger: ScratchLedger) -> None:
    """The comparison stands in Lua and in Python; they must be the same."""

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(["image", "film"]), st.sampled_from(Lane), NEEDS, OFFERS)
    def agree(kind: str, lane: Lane, needs: Needs, able: WorkerOffer) -> None:
        ledger.lose_everything()
        made_whole(ledger)
        job = a_job(lane).model_copy(update={"kind": kind, "needs": needs})
        ledger.create(job)
        given_to = claim(ledger, able)
        assert (given_to == job.id) == (able.lacks(job) == [])

    agree()


def test_thousands_of_impossible_jobs_hide_no_possible_one(
    ledger: ScratchLedger,
) -> None:
    ledger.create(*(a_job(units=100 + n % 7) for n in range(3150)))
    (possible,) = place(ledger, a_job(units=1))
    small = offer(units={"auto": 50})
    assert serve_all(ledger, small) == [possible]
    ledger.client.config_resetstat()
    assert claim(ledger, small) is None
    commands = ledger.client.info("commandstats")
    assert commands["cmdstat_zrange"]["calls"] <= 3150 / 100 + 10, "page by page"
    assert ledger.queue_depth() == 3150


def test_skipped_jobs_keep_their_turns_and_nobody_pays_for_them(
    ledger: ScratchLedger,
) -> None:
    """Behind a job that nobody can do its owner saves up no turns."""
    (stuck,) = place(ledger, a_job(owner="ada", units=100))
    small = offer(units={"auto": 50})
    bobs = place(ledger, *(a_job(owner="bob") for _ in range(20)))
    assert [claim(ledger, small) for _ in range(10)] == bobs[:10]
    adas = place(ledger, *(a_job(owner="ada") for _ in range(5)))
    rest = serve_all(ledger, small)
    turns = ["ada" if each in adas else "bob" for each in rest]
    assert turns[:10] in (["ada", "bob"] * 5, ["bob", "ada"] * 5)
    assert claim(ledger) == stuck


def test_an_impossible_job_is_the_next_of_who_can_do_it(ledger: ScratchLedger) -> None:
    impossible = place(ledger, a_job(units=100), a_job(owner="bob", units=100))
    small = offer(units={"auto": 50})
    possible = place(ledger, *(a_job(owner=f"key_{n}") for n in range(6)))
    assert [claim(ledger, small) for _ in range(3)] == possible[:3]
    assert ledger.get(impossible[0]).queue_position == 0
    assert [claim(ledger) for _ in range(3)] == [*impossible, possible[3]]


def test_short_jobs_do_not_wait_for_long_ones(ledger: ScratchLedger) -> None:
    longs = place(ledger, *(a_job() for _ in range(3)))
    shorts = place(ledger, *(a_job(Lane.SHORT) for _ in range(3)))
    assert ledger.lane_depths() == {Lane.SHORT: 3, Lane.LONG: 3}
    assert ledger.queue_depth() == 6
    assert [ledger.get(each).queue_position for each in shorts] == [0, 1, 2]
    assert [ledger.get(each).queue_position for each in longs] == [0, 1, 2]
    assert serve_all(ledger) == [*shorts, *longs]


def test_each_lane_is_served_by_those_that_serve_it(ledger: ScratchLedger) -> None:
    longs = place(ledger, a_job(), a_job())
    shorts = place(ledger, a_job(Lane.SHORT), a_job(Lane.SHORT))
    assert claim(ledger, LONG_ALONE) == longs[0]
    assert serve_all(ledger, SHORT_ALONE) == shorts
    assert serve_all(ledger, LONG_ALONE) == longs[1:]


def test_a_stream_of_short_jobs_does_not_starve_a_long_one(
    ledger: ScratchLedger,
) -> None:
    longs = place(ledger, a_job(), a_job())
    place(ledger, *(a_job(Lane.SHORT) for _ in range(40)))
    served = [claim(ledger) for _ in range(20)]
    assert [served.index(each) for each in longs] == [8, 17]


def test_a_long_job_is_due_though_none_waited_before(ledger: ScratchLedger) -> None:
    place(ledger, *(a_job(Lane.SHORT) for _ in range(40)))
    for _ in range(20):
        claim(ledger)
    (long,) = place(ledger, a_job())
    assert claim(ledger) == long
    place(ledger, a_job())
    assert ledger.get(claim(ledger) or "").lane is Lane.SHORT, "once, not again"


def test_a_worker_of_one_lane_does_not_count_for_the_others(
    ledger: ScratchLedger,
) -> None:
    place(ledger, *(a_job(Lane.SHORT) for _ in range(20)))
    place(ledger, a_job())
    for _ in range(10):
        claim(ledger, SHORT_ALONE)
    assert ledger.get(claim(ledger) or "").lane is Lane.SHORT


@pytest.mark.parametrize("lane", Lane)
def test_keys_take_turns_within_each_lane(ledger: ScratchLedger, lane: Lane) -> None:
    other = Lane.LONG if lane is Lane.SHORT else Lane.SHORT
    place(ledger, *(a_job(other, work=100) for _ in range(5)))
    adas = place(ledger, *(a_job(lane) for _ in range(4)))
    bobs = place(ledger, *(a_job(lane, "bob") for _ in range(4)))
    served = serve_all(ledger, offer(lanes=(lane,)))
    pairs = zip(adas, bobs, strict=True)
    assert served == [each for pair in pairs for each in pair]


def test_what_is_sent_in_one_lane_costs_nothing_in_the_other(
    ledger: ScratchLedger,
) -> None:
    """Else a key that has sent a film would wait with its quick pictures."""
    place(ledger, *(a_job(owner="ada", work=1000) for _ in range(3)))
    for _ in range(3):
        claim(ledger, LONG_ALONE)
    bobs = place(ledger, *(a_job(Lane.SHORT, "bob") for _ in range(3)))
    (ada,) = place(ledger, a_job(Lane.SHORT, "ada"))
    assert serve_all(ledger, SHORT_ALONE).index(ada) == 1
    assert len(bobs) == 3


def test_the_queue_is_full_whatever_the_lane() -> None:
    ledger = ScratchLedger(LedgerRules(queue_limit=2, active_limit=9))
    place(ledger, a_job(), a_job(Lane.SHORT))
    with pytest.raises(Exception, match="2"):
        ledger.create(a_job(Lane.SHORT))


def test_a_worker_that_finds_out_late_gives_the_job_to_another(
    ledger: ScratchLedger,
) -> None:
    (job_id,) = place(ledger, a_job())
    others = place(ledger, a_job(), a_job())
    claimed = ledger.claim(NOBODY, "small")
    assert claimed == (job_id, 1)
    ledger.clock.pass_time(5)  # type: ignore[union-attr]
    assert ledger.hand_back(*claimed, unable=True)
    job = ledger.get(job_id)
    assert (job.status, job.attempt, job.queue_position) == (JobStatus.QUEUED, 0, 0)
    assert job.unable == ("small",)
    assert job.waiting_since > job.created_at
    assert ledger.reap() == [job_id, *others]
    assert ledger.claim(job_id, "small") == (others[0], 1)
    second = ledger.claim(NOBODY, "large")
    assert second is not None
    assert second.job_id == job_id
    assert ledger.get(job_id).attempt == 1
    assert ledger.succeed(*second, outcome())


def test_a_worker_is_not_given_back_what_it_cannot_do_when_it_rings_again(
    ledger: ScratchLedger,
) -> None:
    """Also where its name is a part of another's, and where nothing else waits."""
    (job_id,) = place(ledger, a_job())
    claimed = ledger.claim(NOBODY, "w1")
    assert claimed is not None
    ledger.hand_back(*claimed, unable=True)
    assert ledger.claim(job_id, "w1") is None
    # Its process was lost while another one had the job: it is not to have it, either.
    assert ledger.claim(job_id, "w") is not None
    ledger.clock.pass_time(RULES.lease_s + 1)  # type: ignore[union-attr]
    assert ledger.claim(job_id, "w1") is None


def test_only_so_many_unable_workers_are_remembered(ledger: ScratchLedger) -> None:
    (job_id,) = place(ledger, a_job())
    for number in range(40):
        claimed = ledger.claim(NOBODY, f"unable {number}")
        assert claimed is not None
        ledger.hand_back(*claimed, unable=True)
    unable = ledger.get(job_id).unable
    assert unable == tuple(f"unable {number}" for number in range(8, 40))


def test_a_hand_back_without_a_reason_is_no_verdict(ledger: ScratchLedger) -> None:
    (job_id,) = place(ledger, a_job())
    claimed = ledger.claim(NOBODY, "w")
    assert claimed is not None
    ledger.hand_back(*claimed)
    assert ledger.claim(job_id, "w") is not None


def test_what_waits_tells_what_it_asks_for(ledger: ScratchLedger) -> None:
    long, short = a_job(units=7), a_job(Lane.SHORT, network="vgg16")
    place(ledger, long, short)
    claimed = ledger.claim(NOBODY, "w", LONG_ALONE)
    assert claimed is not None
    ledger.clock.pass_time(5)  # type: ignore[union-attr]
    ledger.hand_back(*claimed, unable=True)
    first, second = ledger.waiting()
    assert (first.lane, first.kind, first.needs) == (Lane.SHORT, "image", short.needs)
    assert (second.lane, second.needs, second.unable) == (Lane.LONG, long.needs, ("w",))
    waited = second.waiting_since - first.waiting_since
    assert waited.total_seconds() == pytest.approx(5, abs=0.1)


def test_a_queue_of_a_version_without_lanes_goes_on(ledger: ScratchLedger) -> None:
    """It knew one queue, and its jobs neither lane nor needs: they were pictures."""
    ids = place(ledger, a_job(), a_job(owner="bob"), a_job())
    claimed = ledger.claim(NOBODY, "gone")
    assert claimed == (ids[0], 1)
    for job_id in ids:
        ledger.forget_fields(job_id, "lane", "needs")
    ledger.client.delete("impasto:asked")
    assert ledger.client.zcard("impasto:queue") == 2
    (short,) = place(ledger, a_job(Lane.SHORT))
    assert claim(ledger, offer(kinds=("film",))) is None
    assert [each.kind for each in ledger.waiting()] == ["image"] * 3
    ledger.clock.pass_time(RULES.lease_s + 1)  # type: ignore[union-attr]
    ledger.reap()
    ledger.clock.pass_time(RULES.round_gap_s + 1)  # type: ignore[union-attr]
    ledger.reap()
    assert serve_all(ledger) == [short, ids[0], ids[1], ids[2]]


def test_lost_jobs_wait_in_their_lanes_again(harness: LedgerHarness) -> None:
    ledger = harness.ledger
    jobs = [a_job(units=100), a_job(Lane.SHORT, network="vgg16")]
    place(ledger, *jobs)
    restored = [Restored(job, ledger.get(job.id).created_at) for job in jobs]
    harness.lose()
    token = harness.restoration.begin_restoring()
    assert token is not None
    for each in restored:
        harness.restoration.restore(token, each)
    assert harness.restoration.checked_jobs(token).keys() == {job.id for job in jobs}
    harness.restoration.finish_restoring(token, 7)
    assert ledger.lane_depths() == {Lane.SHORT: 1, Lane.LONG: 1}
    small = offer(networks=("vgg19",), units={"auto": 50})
    assert claim(ledger, small) is None
    assert serve_all(ledger) == [jobs[1].id, jobs[0].id]


def test_the_short_lane_begins_while_long_jobs_run(ledger: ScratchLedger) -> None:
    """Its order is not there yet, and cannot begin anew: a lease is held."""
    place(ledger, a_job())
    claim(ledger)
    shorts = place(ledger, *(a_job(Lane.SHORT, owner) for owner in ("ada", "bob")))
    assert serve_all(ledger) == shorts
