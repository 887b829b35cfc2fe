"""Controls of a picture over HTTP: looked at, changed, refused."""

import json
from typing import Any

import pytest

from app.contract.changes import AppliedChange
from app.contract.commands import Command, Verb
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_routes import assert_problem


def change(api: ApiHarness, job_id: str, values: Any, **headers: str) -> Any:
    url = f"/v1/jobs/{job_id}/controls"
    return api.client.patch(url, json=values, headers=headers)


def controls(api: ApiHarness, job_id: str) -> Any:
    return api.client.get(f"/v1/jobs/{job_id}/controls")


def test_they_tell_what_was_asked_and_what_holds(api: ApiHarness) -> None:
    job_id = api.queued()
    fresh = controls(api, job_id)
    assert fresh.headers["ETag"] == '"0"'
    assert fresh.json()["values"] == {
        "style_strength": 0.5,
        "content_strength": 0.5,
        "total_variation": 1.0,
        "learning_rate": None,
        "gradient_clip": None,
        "steps": 250,
        "style_weights": [1.0],
        "mask/0": None,
    }
    assert fresh.json()["schema"]["properties"]["style_strength"]["maximum"] == 1
    answer = change(api, job_id, {"style_strength": 0.8, "gradient_clip": None})
    assert (answer.status_code, answer.json()) == (202, {"revision": 1})
    assert answer.headers["ETag"] == '"1"'
    asked = controls(api, job_id).json()
    assert asked["values"]["style_strength"] == 0.8
    assert (asked["revision"], asked["applied_revision"]) == (1, 0)

    claim = api.ledger.claim(job_id, "w")
    assert claim is not None
    values = {"style_strength": 0.8, "gradient_clip": None}
    told = Command(sequence=1, verb=Verb.CHANGE, values=values)
    assert api.ledger.beat(*claim, None).commands == (told,)
    applied = [AppliedChange(revision=1, at_step=7, values={"style_strength": 0.8})]
    for _ in range(2):  # the first answer may be lost
        api.ledger.beat(*claim, None, obeyed=1, applied=applied)
    job = api.client.get(f"/v1/jobs/{job_id}").json()
    assert job["controls"] == {"revision": 1, "applied_revision": 1, "applied_step": 7}
    assert job["params"]["style_strength"] == 0.5
    assert job["params"]["changes"] == [{"at_step": 7, "style_strength": 0.8}]


def test_null_is_the_default(api: ApiHarness) -> None:
    job_id = api.queued()
    assert change(api, job_id, {"style_strength": None}).status_code == 202
    assert controls(api, job_id).json()["values"]["style_strength"] == 0.5


def test_who_has_not_seen_the_last_change_is_told_its_revision(
    api: ApiHarness,
) -> None:
    job_id = api.running()
    etag = controls(api, job_id).headers["ETag"]
    first = change(api, job_id, {"style_strength": 0.1}, **{"If-Match": etag})
    late = change(api, job_id, {"style_strength": 0.2}, **{"If-Match": etag})
    assert first.status_code == 202
    assert_problem(late, 412, "precondition_failed")
    assert (late.json()["revision"], late.headers["ETag"]) == (1, '"1"')
    assert controls(api, job_id).json()["values"]["style_strength"] == 0.1
    for seen in (f'"7", {late.headers["ETag"]}', "*"):
        again = change(api, job_id, {"style_strength": 0.3}, **{"If-Match": seen})
        assert again.status_code == 202, seen
    nonsense = change(api, job_id, {"style_strength": 0.3}, **{"If-Match": "x"})
    assert nonsense.status_code == 412


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"style_strength": 1.5}, "out_of_range", "/params/style_strength"),
        ({"learning_rate": "fast"}, "invalid_value", "/params/learning_rate"),
        ({"style_strength": 0.1, "size": 128}, "not_changeable", "/size"),
        (
            {"style_weights": [1, 2]},
            "style_weights_mismatch",
            "/params/style_weights",
        ),
        ({"style_weights": [0]}, "out_of_range", "/params/style_weights/0"),
        ({"mask/0": "ab" * 32}, "invalid_value", "/mask~10"),
        ({"mask/1": None}, "not_changeable", "/mask/1"),
        ({"glitter": 1}, "not_changeable", "/glitter"),
        ({}, "invalid_value", None),
    ],
)
def test_what_cannot_be_is_refused_as_a_whole(
    api: ApiHarness, values: Any, code: str, field: str | None
) -> None:
    job_id = api.running()
    answer = change(api, job_id, values)
    assert_problem(answer, 422, code)
    if field:
        assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert controls(api, job_id).json()["revision"] == 0


def test_no_number_is_no_value(api: ApiHarness) -> None:
    job_id = api.running()
    answer = api.client.patch(
        f"/v1/jobs/{job_id}/controls",
        content=b'{"style_strength": NaN}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in {400, 422}
    assert controls(api, job_id).json()["revision"] == 0


def test_changes_may_be_sent_before(api: ApiHarness) -> None:
    schedule = [
        {"at_step": 2, "style_strength": 0.8},
        {"at_step": 9, "learning_rate": None, "style_weights": [3.0]},
        {"at_step": 10, "mask/0": None},
    ]
    answer = api.submit(changes=json.dumps(schedule))
    assert answer.json()["params"]["changes"] == schedule


@pytest.mark.parametrize(
    ("schedule", "code", "field"),
    [
        ([{"at_step": 2}, {"at_step": 2}], "invalid_value", "changes"),
        ([{"at_step": -1}], "out_of_range", "changes/0/at_step"),
        ([{"style_strength": 1}], "invalid_value", "changes/0/at_step"),
        ([{"at_step": 1, "size": 64}], "unknown_field", "changes/0/size"),
        ([{"at_step": 1, "gradient_clip": 0}], "out_of_range", None),
        (
            [{"at_step": 1, "style_weights": [1, 2]}],
            "style_weights_mismatch",
            "changes/0/style_weights",
        ),
        ([{"at_step": 1, "mask/0": "ab" * 32}], "not_applicable", "changes/0/mask~10"),
        ([{"at_step": 1, "mask/0": "x"}], "invalid_value", "changes/0/mask~10"),
        ([{"at_step": step} for step in range(501)], "invalid_value", "changes"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(
    api: ApiHarness, schedule: Any, code: str, field: str | None
) -> None:
    answer = api.submit(changes=json.dumps(schedule))
    assert_problem(answer, 422, code)
    if field:
        (entry,) = answer.json()["errors"]
        assert entry["field"] == f"/params/{field}"
