"""Retries: the same pictures, the same parameters but some, a job of its own."""

from typing import Any

import pytest

from app.contract.records.wire import upload_key
from app.http.access.callers import ALL_SCOPES, Caller, the_caller
from app.stores.ledger.rules import LedgerRules
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import plain
from tests.app.submissions.sending import STYLE_ID, a_job, data, send

HOOK = {"url": "https://x.example/h"}


def retry(api: ApiHarness, job_id: str, body: Any = None, **headers: str) -> Any:
    path = f"/v1/jobs/{job_id}/retry"
    if body is None:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return api.client.post(path, headers=names)
    return send(api, body, path, **headers)


def submitted(api: ApiHarness, **members: Any) -> dict[str, Any]:
    answer = send(api, a_job(**members))
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


@pytest.mark.parametrize(
    "state", ["queued", "running", "succeeded", "failed", "canceled"]
)
def test_a_job_of_any_state_can_be_taken_again(api: ApiHarness, state: str) -> None:
    old_id = getattr(api, state)()
    old = api.client.get(f"/v1/jobs/{old_id}").json()
    answer = retry(api, old_id)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"].endswith(job["id"])
    assert job["id"] != old_id
    assert job["retry_of"] == old_id
    assert job["status"] == "queued"
    for name in ("input", "params", "metadata", "ttl_seconds"):
        assert job[name] == old[name]
    assert api.doorbell.rung[-1] == job["id"]
    assert api.client.get(f"/v1/jobs/{old_id}").json()["status"] == old["status"]


def test_what_is_not_overridden_stays(api: ApiHarness) -> None:
    old = submitted(
        api,
        params={"seed": 7, "size": 256, "style_strength": 0.9},
        metadata={"a": 1},
        webhook=HOOK,
        ttl_seconds=7200,
    )
    job = retry(api, old["id"], {"params": {"size": 128}}).json()
    assert job["params"] == {**old["params"], "size": 128}
    assert (job["metadata"], job["ttl_seconds"]) == ({"a": 1}, 7200)
    assert job["webhook"] == old["webhook"]


def test_null_brings_back_the_default(api: ApiHarness) -> None:
    old = submitted(
        api,
        params={"seed": 7, "size": 256, "style_strength": 0.9, "steps": 3},
        metadata={"a": 1},
        webhook=HOOK,
        ttl_seconds=7200,
    )
    params = {"size": None, "style_strength": None, "steps": None, "seed": None}
    body = {"params": params, "metadata": None, "webhook": None, "ttl_seconds": None}
    job = retry(api, old["id"], body).json()
    assert job["params"]["size"] == 512
    assert job["params"]["style_strength"] == 0.5
    assert job["params"]["steps"] == 250
    assert job["params"]["seed"] != 7
    assert job["metadata"] == {}
    assert job["webhook"] is None
    assert job["ttl_seconds"] == 86_400


STEPS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {"preset": "draft"}, {"preset": "draft", "steps": 100}),
    ({"steps": 9}, {"preset": "high"}, {"steps": 800}),
    ({"steps": 9}, {"preset": "high", "steps": 8}, {"steps": 8}),
    ({"steps": 9}, {"size": 128}, {"steps": 9}),
    ({"preset": "draft"}, {"preset": None}, {"preset": "standard", "steps": 250}),
    (
        {"size": 128, "rungs": [[64, 3], [128, 5]]},
        {"steps": 7},
        {"rungs": None, "steps": 7},
    ),
    (
        {"size": 128, "rungs": [[64, 3], [128, 5]]},
        {"rungs": None},
        {"rungs": None, "steps": 250},
    ),
    (
        {"size": 128, "rungs": [[64, 3], [128, 5]]},
        {"preset": "draft"},
        {"rungs": None, "steps": 100},
    ),
    (
        {"size": 128, "steps": 9, "working_size": 64},
        {"rungs": [[128, 4]]},
        {"rungs": [[128, 4]], "steps": None, "working_size": None},
    ),
]


@pytest.mark.parametrize(("before", "overrides", "after"), STEPS)
def test_steps_follow_what_is_overridden(
    api: ApiHarness,
    before: dict[str, Any],
    overrides: dict[str, Any],
    after: dict[str, Any],
) -> None:
    old = submitted(api, params=before)
    params = retry(api, old["id"], {"params": overrides}).json()["params"]
    assert {name: params[name] for name in after} == after
    assert params["seed"] == old["params"]["seed"]


WRONG: dict[str, tuple[Any, int, str, str]] = {
    "not JSON": ("{", 400, "malformed_body", ""),
    "a list": ([], 422, "invalid_value", ""),
    "a member of jobs": ({"styles": [data()]}, 422, "unknown_field", "/styles"),
    "params a list": ({"params": [1]}, 422, "invalid_value", "/params"),
    "an unknown one": ({"params": {"sede": 1}}, 422, "unknown_field", "/params/sede"),
    "an unknown one null": (
        {"params": {"sede": None}},
        422,
        "unknown_field",
        "/params/sede",
    ),
    "out of range": ({"params": {"steps": 0}}, 422, "out_of_range", "/params/steps"),
    "weights for two": (
        {"params": {"style_weights": [1, 2]}},
        422,
        "style_weights_mismatch",
        "/params/style_weights",
    ),
    "a start without a picture": (
        {"params": {"start": "image"}},
        422,
        "invalid_value",
        "/init",
    ),
    "a network that is not there": (
        {"params": {"network": "vgg16"}},
        422,
        "invalid_value",
        "/params/network",
    ),
    "a ladder that ends elsewhere": (
        {"params": {"rungs": [[64, 1]]}},
        422,
        "invalid_value",
        "/params/rungs",
    ),
    "a bad webhook": (
        {"webhook": {"url": "http://x"}},
        422,
        "webhook_url_forbidden",
        "/webhook/url",
    ),
    "a bad time": ({"ttl_seconds": 1}, 422, "out_of_range", "/ttl_seconds"),
    "bad notes": ({"metadata": 1}, 422, "invalid_value", "/metadata"),
    "a long text": (
        {"metadata": {"x": "y" * 20_000}},
        413,
        "upload_too_large",
        "/metadata/x",
    ),
    "a picture": ({"content": data()}, 422, "unknown_field", "/content"),
    "a large picture": (
        {"content": {"data": "A" * 20_000}},
        422,
        "unknown_field",
        "/content",
    ),
    "large paintings": (
        {"styles": [{"data": "A" * 20_000}] * 4},
        422,
        "unknown_field",
        "/styles",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_overrides_are_refused_by_place(api: ApiHarness, name: str) -> None:
    body, status, code, field = WRONG[name]
    job_id = api.queued()
    problem = assert_problem(retry(api, job_id, body), status, code)
    if field:
        assert problem["errors"][0]["field"] == field
    assert api.ledger.queue_depth() == 1


def test_a_form_is_no_retry(api: ApiHarness) -> None:
    path = f"/v1/jobs/{api.queued()}/retry"
    answer = api.client.post(path, data={"seed": "1"})
    assert_problem(answer, 415, "unsupported_media_type")
    assert answer.headers["accept-post"] == "application/json"


def test_a_start_image_is_left_behind_with_its_start(api: ApiHarness) -> None:
    old = submitted(api, params={"start": "image"}, init=data(plain(size=(40, 40))))
    assert retry(api, old["id"]).json()["input"]["init"]["width"] == 40
    job = retry(api, old["id"], {"params": {"start": "noise"}}).json()
    assert job["input"]["init"] is None


def test_without_its_pictures_there_is_no_retry(api: ApiHarness) -> None:
    job_id = api.succeeded()
    sha256 = api.ledger.get(job_id).inputs["content"].sha256
    api.blobs.delete(upload_key(sha256))
    body = assert_problem(retry(api, job_id), 410, "result_expired")
    assert body["job_id"] == job_id
    assert api.ledger.queue_depth() == 0


def test_a_painting_of_the_library_is_put_back(api: ApiHarness) -> None:
    old = submitted(api, styles=[{"style_id": STYLE_ID}])
    key = upload_key(old["input"]["styles"][0]["sha256"])
    api.blobs.delete(key)
    assert retry(api, old["id"]).status_code == 202
    assert api.blobs.exists(key)


def test_pictures_swept_while_the_job_was_recorded_leave_no_waiting_job(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = api.succeeded()
    create = api.ledger.create

    def create_while_swept(*jobs: Any, **more: Any) -> Any:
        api.blobs.blobs.clear()
        return create(*jobs, **more)

    monkeypatch.setattr(api.ledger, "create", create_while_swept)
    assert_problem(retry(api, job_id), 410, "result_expired")
    assert api.ledger.queue_depth() == 0


def test_a_full_queue_and_an_unknown_job_are_told(api: ApiHarness) -> None:
    assert_problem(retry(api, "job_" + "0" * 32), 404, "job_not_found")
    assert_problem(retry(api, "x"), 404, "job_not_found")
    job_id = api.queued()
    api.ledger._rules = LedgerRules(queue_limit=1)
    assert_problem(retry(api, job_id), 503, "queue_full")


def test_another_keys_job_is_unknown(api: ApiHarness) -> None:
    job_id = api.queued()
    stranger = Caller(owner="key_2", scopes=ALL_SCOPES)
    api.app.dependency_overrides[the_caller] = lambda: stranger
    assert_problem(retry(api, job_id), 404, "job_not_found")


def test_a_deadline_is_this_requests_own(api: ApiHarness) -> None:
    old = send(api, a_job(), Cancel_After="90s").json()
    assert retry(api, old["id"]).json()["deadline_at"] is None
    assert retry(api, old["id"], Cancel_After="90s").json()["deadline_at"]
