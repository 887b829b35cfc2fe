"""Changing a job while it runs: what its kind can, and nothing else."""

from typing import Any

import pytest

from app.contract.commands import Command, Verb
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.kinds.echo.test_http import order
from tests.stores.new_jobs import outcome


def change(api: ApiHarness, job_id: str, values: Any) -> Any:
    return api.client.patch(f"/v1/jobs/{job_id}/controls", json=values)


def test_a_change_reaches_the_worker_with_its_beat(api: ApiHarness) -> None:
    job_id = order(api)
    answer = change(api, job_id, {"volume": 0.5})
    assert (answer.status_code, answer.json()) == (202, {"revision": 1})
    claim = api.ledger.claim(job_id, "w")
    assert claim is not None
    assert change(api, job_id, {"volume": 2}).json() == {"revision": 2}
    told = Command(sequence=2, verb=Verb.CHANGE, values={"volume": 2})
    assert api.ledger.beat(*claim, None).commands == (told,)
    assert api.ledger.beat(*claim, None, obeyed=2).commands == ()


def test_what_the_kind_cannot_change_is_refused_by_name(api: ApiHarness) -> None:
    job_id = order(api)
    answer = change(api, job_id, {"volume": 1, "ticks": 5})
    assert_problem(answer, 422, "not_changeable")
    problem = answer.json()
    assert problem["allowed"] == ["volume"]
    (entry,) = problem["errors"]
    assert (entry["field"], entry["limit"]) == ("/ticks", ["volume"])
    assert change(api, job_id, {"volume": 1}).json() == {"revision": 1}, "not counted"


@pytest.mark.parametrize(
    ("values", "code"),
    [({"volume": 3}, "out_of_range"), ({"volume": "x"}, "invalid_value")],
)
def test_values_are_judged_as_a_submissions(
    api: ApiHarness, values: Any, code: str
) -> None:
    assert_problem(change(api, order(api), values), 422, code)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"{", 400, "malformed_body"), (b"[]", 422, "invalid_value")],
)
def test_a_body_that_is_no_object_is_refused(
    api: ApiHarness, content: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"/v1/jobs/{order(api)}/controls"
    answer = api.client.patch(url, content=content, headers=headers)
    assert_problem(answer, status, code)


def pause(api: ApiHarness, job_id: str) -> Any:
    return api.client.post(f"/v1/jobs/{job_id}/pause")


def test_a_job_that_has_ended_can_neither_change_nor_pause(api: ApiHarness) -> None:
    job_id = order(api)
    claim = api.ledger.claim(job_id, "w")
    assert claim is not None
    assert api.ledger.succeed(*claim, outcome())
    for answer in (change(api, job_id, {"volume": 1}), pause(api, job_id)):
        assert_problem(answer, 409, "job_finished")


def test_another_keys_job_is_not_there(api: ApiHarness) -> None:
    job_id = order(api)
    api.ledger.give_away(job_id, "key_1")
    for answer in (change(api, job_id, {"volume": 1}), pause(api, job_id)):
        assert_problem(answer, 404, "job_not_found")
