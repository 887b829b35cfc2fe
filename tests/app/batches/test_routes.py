"""Batches over HTTP: contents times styles, one picture stored once, all or nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from app.contract.failures import Failure, FailureCode
from app.contract.records.wire import upload_key
from app.http.access.callers import ALL_SCOPES, Caller, the_caller
from tests.app.conftest import PICTURE, ApiHarness, a_progress, an_outcome
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import decode, plain
from tests.app.submissions.sending import (
    STYLE_ID,
    FakeFetcher,
    data,
    receive_with,
    send,
)
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import with_result

PATH = "/v1/batches"
RED, BLUE = plain(color=(200, 0, 0)), plain(color=(1, 2, 3), size=(60, 40))


def a_batch(**members: Any) -> dict[str, Any]:
    body = {"contents": [data(RED), data(BLUE)], "styles": [data()], **members}
    return {name: value for name, value in body.items() if value is not ...}


def post(api: ApiHarness, *parts: tuple[str, bytes | str], **headers: str) -> Any:
    sent = [
        (name, ("p", value) if isinstance(value, bytes) else (None, value))
        for name, value in parts
    ]
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.client.post(PATH, files=sent, headers=names)


def made(api: ApiHarness, **members: Any) -> dict[str, Any]:
    answer = send(api, a_batch(**members), PATH)
    assert answer.status_code == 202, answer.text
    batch: dict[str, Any] = answer.json()
    return batch


def get(api: ApiHarness, batch: dict[str, Any], **headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.client.get(f"{PATH}/{batch['id']}", headers=names)


def end_next(api: ApiHarness, how: str = "succeed", color: int = 0) -> str:
    """Let a worker take the job that has waited longest and end it."""
    claim = api.ledger.claim("", f"worker {color} {len(api.ledger.running())}")
    assert claim is not None
    job_id: str = claim.job_id
    if how == "succeed":
        api.blobs.put(f"results/{job_id}/1.png", plain(color=(0, color, 0)))
        outcome = with_result(an_outcome(job_id, 9), sha256=f"{color:064x}")
        assert api.ledger.succeed(job_id, 1, outcome)
    elif how == "fail":
        failure = Failure.of(FailureCode.OUT_OF_MEMORY, "9 GB were needed.")
        assert api.ledger.fail(job_id, 1, failure)
    return job_id


def test_every_photograph_is_painted_in_every_manner(api: ApiHarness) -> None:
    answer = post(
        api,
        ("content", RED),
        ("style", PICTURE),
        ("style_id", STYLE_ID),
        ("content", BLUE),
        ("preset", "draft"),
        ("metadata", '{"a": 1}'),
    )
    assert answer.status_code == 202, answer.text
    batch = answer.json()
    url = f"http://testserver/v1/batches/{batch['id']}"
    assert answer.headers["location"] == url
    assert answer.headers["retry-after"] == "1"
    assert batch["object"] == "batch"
    assert batch["status"] == "queued"
    assert batch["metadata"] == {"a": 1}
    assert batch["counts"] == {
        "total": 4,
        "queued": 4,
        **dict.fromkeys(
            ("starting", "processing", "succeeded", "failed", "canceled", "deleted"), 0
        ),
    }
    assert batch["urls"] == {
        "self": url,
        "cancel": f"{url}/cancel",
        "sheet": f"{url}/sheet",
    }
    places = [(each["content"], each["style"]) for each in batch["jobs"]]
    assert places == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert api.doorbell.rung == [each["id"] for each in batch["jobs"]]
    jobs = [api.client.get(f"/v1/jobs/{each['id']}").json() for each in batch["jobs"]]
    assert [job["input"]["content"]["width"] for job in jobs] == [48, 48, 60, 60]
    styles = [job["input"]["styles"][0]["style_id"] for job in jobs]
    assert styles == [None, STYLE_ID] * 2
    assert {job["batch_id"] for job in jobs} == {batch["id"]}
    assert len({job["params"]["seed"] for job in jobs}) == 1
    assert {job["params"]["preset"] for job in jobs} == {"draft"}
    assert batch["jobs"][0]["urls"] == jobs[0]["urls"]
    assert api.client.get(url).json() == batch


def test_a_picture_is_decoded_and_stored_once(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    puts: list[str] = []
    put = api.blobs.put
    monkeypatch.setattr(
        api.blobs, "put", lambda key, content: (puts.append(key), put(key, content))
    )
    batch = made(api, contents=[data(RED)] * 3, styles=[data(RED), data(BLUE)])
    assert len(batch["jobs"]) == 6
    puts = [key for key in puts if key.startswith("uploads/")]
    assert len(puts) == len(set(puts)) == 2
    assert all(api.blobs.get(key) for key in puts)


def test_terms_are_those_of_every_job(api: ApiHarness) -> None:
    receive_with(api, fetcher=FakeFetcher({"https://x.example": BLUE}))
    answer = send(
        api,
        a_batch(
            contents=[{"url": "https://x.example"}],
            ttl_seconds=3600,
            webhook={"url": "https://x.example/h"},
            params={"seed": 5},
        ),
        PATH,
        Cancel_After="90s",
    )
    (entry,) = answer.json()["jobs"]
    job = api.client.get(f"/v1/jobs/{entry['id']}").json()
    assert job["ttl_seconds"] == 3600
    assert job["webhook"]["url"] == "https://x.example/h"
    assert job["params"]["seed"] == 5
    assert job["deadline_at"] is not None
    assert job["input"]["content"]["width"] == 60


WRONG: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "no photograph": ({"contents": ...}, 422, "missing_content", "/contents"),
    "no photographs": ({"contents": []}, 422, "missing_content", "/contents"),
    "no painting": ({"styles": ...}, 422, "missing_style", "/styles"),
    "33 jobs": (
        {"contents": [data()] * 11, "styles": [data()] * 3},
        422,
        "too_many_batch_jobs",
        "/contents",
    ),
    "33 paintings": (
        {"styles": [{"style_id": STYLE_ID}] * 33},
        422,
        "too_many_batch_jobs",
        "/contents",
    ),
    "a member of jobs": ({"content": data()}, 422, "unknown_field", "/content"),
    "masks": ({"masks": []}, 422, "unknown_field", "/masks"),
    "a bad picture": (
        {"contents": [data(), data(b"x")]},
        415,
        "unsupported_image_type",
        "/contents/1/data",
    ),
    "one cut off at the end": (
        {"styles": [data(), data(PICTURE[:-40])]},
        422,
        "image_unreadable",
        "/styles/1/data",
    ),
    "two weights": (
        {"params": {"style_weights": [1, 1]}},
        422,
        "style_weights_mismatch",
        "/params/style_weights",
    ),
    "a start image": (
        {"params": {"start": "image"}},
        422,
        "invalid_value",
        "/init",
    ),
    "an unknown style": (
        {"styles": [{"style_id": "x"}]},
        404,
        "style_not_found",
        "/styles/0/style_id",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_batches_are_refused_whole(api: ApiHarness, name: str) -> None:
    members, status, code, field = WRONG[name]
    answer = send(api, a_batch(**members), PATH)
    body = assert_problem(answer, status, code)
    assert body["errors"][0]["field"] == field
    assert api.is_untouched


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([("style", RED)], "missing_content"),
        ([("content", RED)], "missing_style"),
        ([("content", RED)] * 33 + [("style", RED)], "too_many_batch_jobs"),
        ([("content", RED)] * 70 + [("style", RED)], "malformed_body"),
        ([("content", RED), ("style", RED), ("mask", RED)], "unknown_field"),
        ([("content", RED), ("style", RED), ("style_weight", "1")], "not_applicable"),
        (
            [("content", RED), ("style", RED), ("seed", "1"), ("seed", "1")],
            "duplicate_field",
        ),
    ],
)
def test_wrong_forms_are_refused_whole(api: ApiHarness, parts: Any, code: str) -> None:
    assert post(api, *parts).json()["code"] == code
    assert api.is_untouched


def test_as_many_as_are_allowed_fit_into_a_form(api: ApiHarness) -> None:
    answer = post(api, *[("content", RED)] * 32, ("style", RED))
    assert answer.status_code == 202, answer.text
    assert len(answer.json()["jobs"]) == 32


def test_jobs_are_recorded_all_or_none(api: ApiHarness) -> None:
    receive_with(api, queue_limit=3)
    answer = send(api, a_batch(styles=[data(), data(BLUE)]), PATH)
    body = assert_problem(answer, 503, "queue_full")
    assert (body["depth"], body["limit"]) == (0, 3)
    assert api.is_untouched


def test_a_key_stands_for_a_batch(api: ApiHarness) -> None:
    first = send(api, a_batch(), PATH, Idempotency_Key="k")
    again = send(api, a_batch(), PATH, Idempotency_Key="k")
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert api.ledger.queue_depth() == 2
    other = send(api, a_batch(styles=[data(BLUE)]), PATH, Idempotency_Key="k")
    assert_problem(other, 422, "idempotency_key_reused")


def test_a_batch_that_was_not_recorded_is_healed(api: ApiHarness) -> None:
    receive_with(api, queue_limit=1)
    assert send(api, a_batch(), PATH, Idempotency_Key="k").status_code == 503
    receive_with(api, queue_limit=9)
    healed = send(api, a_batch(), PATH, Idempotency_Key="k")
    assert healed.status_code == 202
    assert "idempotent-replayed" not in healed.headers
    again = send(api, a_batch(), PATH, Idempotency_Key="k")
    assert again.json()["id"] == healed.json()["id"]


def test_a_batch_stands_as_its_jobs_stand(api: ApiHarness) -> None:
    batch = made(api, styles=[data(), data(BLUE)])
    assert get(api, batch).json()["status"] == "queued"
    end_next(api)
    assert get(api, batch).json()["status"] == "processing"
    end_next(api, "fail", 1)
    end_next(api, "succeed", 2)
    assert get(api, batch).json()["status"] == "processing"
    end_next(api, "succeed", 3)
    answer = get(api, batch)
    assert answer.json()["status"] == "partially_failed"
    assert answer.json()["counts"]["succeeded"] == 3
    assert answer.json()["counts"]["failed"] == 1
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        (["succeed", "succeed"], "succeeded"),
        (["fail", "fail"], "failed"),
        (["succeed", "fail"], "partially_failed"),
        (["succeed", "cancel"], "canceled"),
        (["cancel", "cancel"], "canceled"),
        (["fail", "cancel"], "failed"),
        (["succeed", "run"], "processing"),
        (["run", "queued"], "processing"),
    ],
)
def test_the_state_of_the_whole(api: ApiHarness, ends: list[str], status: str) -> None:
    batch = made(api)
    for place, (end, entry) in enumerate(zip(ends, batch["jobs"], strict=True)):
        if end == "cancel":
            api.ledger.requests.cancel(entry["id"])
        elif end != "queued":
            end_next(api, end, place)
    assert get(api, batch).json()["status"] == status


def test_a_validator_changes_with_any_job(api: ApiHarness) -> None:
    batch = made(api)
    etag = get(api, batch).headers["etag"]
    answer = get(api, batch, If_None_Match=etag)
    assert answer.status_code == 304
    assert answer.headers["etag"] == etag
    end_next(api)
    changed = get(api, batch, If_None_Match=etag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


def test_when_to_ask_again_follows_from_the_job_that_is_next(api: ApiHarness) -> None:
    batch = made(api)
    claim = api.ledger.claim("", "w")
    api.ledger.beat(claim.job_id, 1, a_progress(3.2))
    assert get(api, batch).headers["retry-after"] == "4"
    api.ledger.beat(claim.job_id, 1, a_progress(99))
    assert get(api, batch).headers["retry-after"] == "5"


def test_a_batch_is_canceled_at_once_or_asked_to_stop(api: ApiHarness) -> None:
    batch = made(api)
    url = f"{PATH}/{batch['id']}/cancel"
    done = end_next(api)
    answer = api.client.post(url)
    assert answer.status_code == 200
    assert answer.json()["status"] == "canceled"
    assert api.client.post(url).json() == answer.json()
    assert api.ledger.get(done).status == "succeeded"
    running = made(api)
    api.ledger.claim("", "w")
    answer = api.client.post(f"{PATH}/{running['id']}/cancel")
    assert answer.status_code == 202
    assert answer.json()["counts"]["canceled"] == 1
    assert answer.headers["retry-after"] == "1"


def test_a_deleted_job_leaves_its_place(api: ApiHarness) -> None:
    batch = made(api)
    for left in (1, 0):
        job_id = end_next(api, "succeed", left)
        assert api.client.delete(f"/v1/jobs/{job_id}").status_code == 204
        if left:
            view = get(api, batch).json()
            assert view["counts"]["deleted"] == 1
            assert view["jobs"][0]["status"] is None
    assert_problem(get(api, batch), 404, "batch_not_found")


@pytest.mark.parametrize("tail", ["", "/cancel", "/sheet"])
def test_another_keys_batch_is_unknown(api: ApiHarness, tail: str) -> None:
    batch = made(api)
    method = "POST" if tail == "/cancel" else "GET"
    for batch_id in ("x", "bat_" + "0" * 32):
        answer = api.client.request(method, f"{PATH}/{batch_id}{tail}")
        assert_problem(answer, 404, "batch_not_found")
    stranger = Caller(owner="key_2", scopes=ALL_SCOPES)
    api.app.dependency_overrides[the_caller] = lambda: stranger
    answer = api.client.request(method, f"{PATH}/{batch['id']}{tail}")
    assert_problem(answer, 404, "batch_not_found")
    assert api.ledger.queue_depth() == 2


def sheet(api: ApiHarness, batch: dict[str, Any], **headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.client.get(f"{PATH}/{batch['id']}/sheet", headers=names)


def test_a_sheet_shows_photographs_paintings_and_what_is_finished(
    api: ApiHarness,
) -> None:
    batch = made(api, styles=[data(BLUE), data(plain(color=(250, 250, 0)))])
    end_next(api, "succeed", 100)
    end_next(api, "fail", 1)
    end_next(api, "succeed", 200)
    answer = sheet(api, batch, Accept="image/png")
    assert answer.headers["content-type"] == "image/png"
    assert batch["id"] in answer.headers["content-disposition"]
    picture = decode(answer.content)
    assert picture.size == (3 * 264 + 8, 3 * 264 + 8)

    def cell(column: int, row: int) -> Any:
        return picture.getpixel((8 + 264 * column + 128, 8 + 264 * row + 128))

    assert cell(0, 0) == (255, 255, 255)
    assert [cell(1, 0), cell(2, 0)] == [(1, 2, 3), (250, 250, 0)]
    assert [cell(0, 1), cell(0, 2)] == [(200, 0, 0), (1, 2, 3)]
    assert cell(1, 1) == (0, 100, 0)
    assert cell(2, 1) == (230, 230, 230)
    assert cell(1, 2) == (0, 200, 0)
    assert cell(2, 2) == (230, 230, 230)


def test_a_sheet_is_a_jpeg_unless_png_is_preferred(api: ApiHarness) -> None:
    batch = made(api)
    end_next(api)
    first = sheet(api, batch)
    assert first.headers["content-type"] == "image/jpeg"
    assert decode(first.content).format == "JPEG"
    assert first.headers["vary"] == "Accept"
    etag = first.headers["etag"]
    assert sheet(api, batch, If_None_Match=etag).status_code == 304
    assert sheet(api, batch, Accept="image/png").headers["etag"] != etag
    end_next(api, "succeed", 7)
    assert sheet(api, batch, If_None_Match=etag).status_code == 200
    assert_problem(sheet(api, batch, Accept="image/webp"), 406, "not_acceptable")


def test_a_picture_that_is_lost_leaves_a_grey_cell(api: ApiHarness) -> None:
    batch = made(api)
    job_id = end_next(api, "succeed", 9)
    api.blobs.delete(upload_key(api.ledger.get(job_id).inputs["content"].sha256))
    answer = sheet(api, batch, Accept="image/png")
    assert decode(answer.content).getpixel((100, 400)) == (230, 230, 230)


def test_without_any_picture_the_reason_is_told(api: ApiHarness) -> None:
    batch = made(api)
    answer = sheet(api, batch)
    assert_problem(answer, 409, "result_not_ready")
    assert answer.headers["retry-after"] == "1"
    api.client.post(f"{PATH}/{batch['id']}/cancel")
    assert_problem(sheet(api, batch), 409, "job_canceled")
    failed = made(api)
    end_next(api, "fail", 1)
    end_next(api, "fail", 2)
    assert_problem(sheet(api, failed), 409, "job_failed")


def test_an_expired_batch_has_no_sheet(build_api: Callable[..., ApiHarness]) -> None:
    api = build_api(ledger=ScratchLedger(stands_still=True))
    batch = made(api)
    end_next(api, "succeed", 1)
    end_next(api, "succeed", 2)
    api.ledger.clock.pass_time(90_000)
    assert_problem(sheet(api, batch), 410, "result_expired")
