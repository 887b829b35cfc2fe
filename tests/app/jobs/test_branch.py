"""A new job goes on from the state of an old one, wherever that one stands."""

import hashlib
import json
from typing import Any

import pytest

from app.contract.changes import AppliedChange
from app.contract.jobs import Checkpoint
from app.contract.ports import Claim
from app.contract.records.wire import (
    checkpoint_key,
    last_state_key,
    older_state_key,
)
from app.contract.updates import Update
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.kinds.echo.conftest import BOTH
from tests.kinds.echo.test_http import order, update
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import outcome

STATE = b"[1.0, 1.0]"


@pytest.fixture
def api() -> ApiHarness:
    return ApiHarness(ledger=ScratchLedger(stands_still=True), kinds=BOTH)


def kept(key: str, attempt: int, step: int = 2, content: bytes = STATE) -> Checkpoint:
    return Checkpoint(
        attempt=attempt,
        step=step,
        blob_key=key,
        reproducibility=outcome().reproducibility,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def begin(api: ApiHarness, job_id: str, told: Update | None = None) -> Claim:
    claims = (api.ledger.claim(job_id, f"w{n} {job_id}") for n in range(9))
    claim = next(each for each in claims if each and each.job_id == job_id)
    api.ledger.beat(*claim, told or update(2))
    return claim


def run_to_its_state(api: ApiHarness, job_id: str) -> Claim:
    """Let a worker take a job and keep its state after two ticks."""
    claim = begin(api, job_id)
    key = checkpoint_key(*claim)
    api.blobs.put(key, STATE)
    assert api.ledger.note_checkpoint(*claim, kept(key, claim.attempt))
    return claim


def end(api: ApiHarness, claim: Claim) -> None:
    key = last_state_key(*claim)
    api.blobs.put(key, STATE)
    state = kept(key, claim.attempt, step=3)
    assert api.ledger.succeed(*claim, outcome(), None, state)


def branch(api: ApiHarness, job_id: str, body: Any = None, **headers: str) -> Any:
    path = f"/v1/jobs/{job_id}/branch"
    return api.client.post(path, json=body or {}, headers=headers)


def show(api: ApiHarness, job_id: str) -> Any:
    return api.client.get(f"/v1/jobs/{job_id}").json()


def test_it_starts_from_a_copy_of_the_newest_state(api: ApiHarness) -> None:
    old_id = order(api, ticks=3)
    run_to_its_state(api, old_id)
    before = show(api, old_id)
    assert before["state"] == {"step": 2, "bytes": len(STATE)}
    answer = branch(api, old_id, {"params": {"volume": 0.5, "steps": 4}})
    assert answer.status_code == 202, answer.text
    new = answer.json()
    assert (new["branch_of"], new["branched_at_step"]) == (old_id, 2)
    assert new["params"] == {"ticks": 6, "volume": 0.5}
    assert show(api, old_id) == before, "the old one stays as it is"
    start = api.ledger.get(new["id"]).checkpoint
    assert start is not None
    assert (start.step, start.blob_key) == (2, checkpoint_key(new["id"], 0))
    assert api.blobs.get(start.blob_key) == STATE
    assert api.ledger.restoration.unneeded([start.blob_key]) == []


def test_what_was_changed_until_then_stays_changed(api: ApiHarness) -> None:
    old_id = order(api, ticks=3)
    claim = run_to_its_state(api, old_id)
    url = f"/v1/jobs/{old_id}/controls"
    for at_step, volume in ((1, 0.25), (2, 1.75)):
        revision = api.client.patch(url, json={"volume": volume}).json()["revision"]
        applied = AppliedChange(
            revision=revision, at_step=at_step, values={"volume": volume}
        )
        api.ledger.beat(*claim, None, applied=[applied])
    new = branch(api, old_id).json()
    assert new["params"]["volume"] == 0.25, "the second one came after the state"


def test_a_picture_that_branched_says_what_holds_from_there_on(api: ApiHarness) -> None:
    old_id = api.queued()
    run_to_its_state(api, old_id)
    new = branch(api, old_id, {"params": {"style_strength": 0.75, "steps": 9}}).json()
    assert new["params"]["changes"] == [
        {"at_step": 2, "style_strength": 0.75, "steps": 11}
    ]
    assert new["params"]["style_strength"] == 0.5
    controls = api.client.get(new["urls"]["controls"]).json()
    assert controls["values"]["style_strength"] == 0.75
    assert controls["values"]["steps"] == 11


def test_one_that_is_paused_and_one_that_has_ended_can_branch(api: ApiHarness) -> None:
    paused = order(api)
    claim = run_to_its_state(api, paused)
    api.client.post(f"/v1/jobs/{paused}/pause")
    assert api.ledger.hand_back(*claim)
    assert branch(api, paused).status_code == 202
    ended = order(api)
    end(api, run_to_its_state(api, ended))
    answer = branch(api, ended, {"params": {"steps": 2}})
    assert answer.status_code == 202, answer.text
    assert answer.json()["params"]["ticks"] == 5, "more steps after success"
    assert answer.json()["branched_at_step"] == 3
    assert_problem(branch(api, ended), 422, "invalid_value")
    assert "all its steps" in branch(api, ended).json()["detail"]


def test_one_that_was_canceled_on_its_way_can_branch(api: ApiHarness) -> None:
    job_id = order(api)
    claim = run_to_its_state(api, job_id)
    api.client.post(f"/v1/jobs/{job_id}/cancel")
    assert api.ledger.cancel_done(*claim)
    assert branch(api, job_id).status_code == 202


def test_before_there_is_a_state_it_says_when_to_come_again(api: ApiHarness) -> None:
    waiting, running = order(api), order(api)
    begin(api, running)
    for job_id in (waiting, running):
        answer = branch(api, job_id)
        assert_problem(answer, 409, "state_not_ready")
        assert int(answer.headers["Retry-After"]) > 0
    assert branch(api, "job_" + "0" * 32).status_code == 404


def test_states_go_with_their_files_and_the_oldest_first(api: ApiHarness) -> None:
    first = second = ""
    for _ in range(2):
        first, second = second, order(api)
        job_id = second
        end(api, run_to_its_state(api, job_id))
        assert api.ledger.clock is not None
        api.ledger.clock.pass_time(1)
    rules = api.ledger._rules
    object.__setattr__(rules, "state_bytes", 2 * len(STATE) - 1)
    api.ledger.sweep()
    assert api.ledger.get(first).checkpoint is None
    assert_problem(branch(api, first, {"params": {"steps": 1}}), 410, "state_expired")
    assert branch(api, second, {"params": {"steps": 1}}).status_code == 202
    api.ledger.clock.pass_time(24 * 3600)
    api.ledger.sweep()
    assert_problem(branch(api, second, {"params": {"steps": 1}}), 410, "state_expired")
    assert api.ledger.client.get("impasto:state_bytes") == "0"


def test_older_states_can_branch_until_they_are_gone(api: ApiHarness) -> None:
    job_id = order(api, ticks=9)
    claim = begin(api, job_id)
    for step in (1, 3):
        key = older_state_key(*claim, step)
        content = json.dumps([1.0] * step).encode()
        api.blobs.put(key, content)
        state = kept(key, claim.attempt, step, content)
        assert api.ledger.note_state(*claim, state)
    api.client.post(f"/v1/jobs/{job_id}/cancel")
    assert api.ledger.cancel_done(*claim)
    told = show(api, job_id)
    assert [state["step"] for state in told["states"]] == [1, 3]
    new = branch(api, job_id, {"at": 1}).json()
    assert new["branched_at_step"] == 1
    start = api.ledger.get(new["id"]).checkpoint
    assert start is not None
    assert api.blobs.get(start.blob_key) == b"[1.0]"
    gone = branch(api, job_id, {"at": 2})
    assert_problem(gone, 410, "state_expired")
    assert "1, 3" in gone.json()["detail"]
    rules = api.ledger._rules
    object.__setattr__(rules, "state_bytes", 0)
    api.ledger.sweep()
    assert_problem(branch(api, job_id, {"at": 1}), 410, "state_expired")
    assert show(api, job_id)["states"] == []
    assert api.ledger.client.get("impasto:state_bytes") == "0"


def test_a_state_that_is_deleted_just_now_is_told(api: ApiHarness) -> None:
    job_id = order(api)
    claim = run_to_its_state(api, job_id)
    api.blobs.delete(checkpoint_key(*claim))
    assert_problem(branch(api, job_id), 410, "state_expired")
    assert api.ledger.queue_depth() == 0, "nothing was recorded"


def test_a_state_that_moves_on_meanwhile_is_never_taken_for_another(
    api: ApiHarness,
) -> None:
    job_id = order(api, ticks=5)
    claim = run_to_its_state(api, job_id)
    api.blobs.put(checkpoint_key(*claim), b"[1.0, 1.0, 1.0]")
    assert_problem(branch(api, job_id), 409, "state_not_ready")
    assert api.ledger.queue_depth() == 0
    assert not [key for key in api.blobs.blobs if key.endswith("/0")]
    newer = kept(checkpoint_key(*claim), claim.attempt, 3, b"[1.0, 1.0, 1.0]")
    assert api.ledger.note_checkpoint(*claim, newer)
    new = branch(api, job_id, {"params": {"steps": 1}}).json()
    assert new["branched_at_step"] == 3


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"params": {"ticks": 9}}, "not_changeable", "/params/ticks"),
        ({"params": {"volume": 9}}, "out_of_range", "/params/volume"),
        ({"params": {"steps": 0}}, "out_of_range", "/params/steps"),
        ({"params": {"steps": "many"}}, "invalid_value", "/params/steps"),
        ({"at": 0}, "invalid_value", "/at"),
        ({"at": 3}, "invalid_value", "/at"),
        ({"at": True}, "invalid_value", "/at"),
        ({"volume": 1}, "unknown_field", "/volume"),
    ],
)
def test_what_a_running_job_may_not_change_a_branch_may_not(
    api: ApiHarness, body: Any, code: str, field: str
) -> None:
    job_id = order(api)
    run_to_its_state(api, job_id)
    answer = branch(api, job_id, body)
    assert_problem(answer, 422, code)
    assert answer.json()["errors"][0]["field"] == field


def test_it_is_made_once_for_a_key_and_never_reused(api: ApiHarness) -> None:
    job_id = order(api)
    run_to_its_state(api, job_id)
    first, again = (branch(api, job_id, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    plain, new = api.ledger.get(job_id), api.ledger.get(first.json()["id"])
    assert new.params == plain.params
    claim = begin(api, new.id)
    end(api, claim)
    assert api.ledger.find_reusable(plain) is None


def test_another_keys_job_is_not_there(api: ApiHarness) -> None:
    job_id = order(api)
    run_to_its_state(api, job_id)
    api.ledger.give_away(job_id, "key_1")
    assert_problem(branch(api, job_id), 404, "job_not_found")
