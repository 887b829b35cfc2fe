"""`Prefer: wait`: the picture in the same request, if it is done in time."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from app.contract.failures import Failure, FailureCode
from app.jobs.dependencies import JobDependencies
from app.settings import ApiSettings
from app.submissions.dependencies import SubmissionDependencies
from tests.app.conftest import PICTURE, ApiHarness, an_outcome
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import decode
from tests.app.submissions.sending import a_job, send


def work(
    api: ApiHarness, end: Callable[[str], Any], *, jobs: int = 1
) -> threading.Thread:
    """Let a worker end the next jobs as soon as they are there."""

    def run() -> None:
        left = jobs
        deadline = time.monotonic() + 10
        while left and time.monotonic() < deadline:
            claim = api.ledger.claim("", f"worker {left}")
            if claim is None:
                time.sleep(0.01)
                continue
            end(claim.job_id)
            left -= 1

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def succeed(api: ApiHarness) -> Callable[[str], Any]:
    def end(job_id: str) -> None:
        api.blobs.put(f"results/{job_id}/1.png", PICTURE)
        api.ledger.succeed(job_id, 1, an_outcome(job_id, len(PICTURE)))

    return end


def fail(api: ApiHarness) -> Callable[[str], Any]:
    failure = Failure.of(FailureCode.OUT_OF_MEMORY, "9 GB were needed.")
    return lambda job_id: api.ledger.fail(job_id, 1, failure)


def submit(api: ApiHarness, end: Callable[[str], Any] | None, **headers: str) -> Any:
    with api.client:
        worker = None if end is None else work(api, end)
        answer = send(api, a_job(), **headers)
        if worker is not None:
            worker.join()
    return answer


def test_a_job_done_in_time_is_answered_with_200(api: ApiHarness) -> None:
    answer = submit(api, succeed(api), Prefer="wait=10")
    assert answer.status_code == 200
    assert answer.json()["status"] == "succeeded"
    assert answer.headers["preference-applied"] == "wait=10"
    assert answer.headers["location"].endswith(answer.json()["id"])
    assert "Prefer" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("image/png", "PNG"),
        ("image/*", "PNG"),
        ("image/jpeg, application/json;q=0.5", "JPEG"),
        ("image/webp", "WEBP"),
        ("image/avif", "AVIF"),
    ],
)
def test_who_prefers_a_picture_gets_one(
    api: ApiHarness, accept: str, kind: str
) -> None:
    answer = submit(api, succeed(api), Prefer="wait=10", Accept=accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"image/{kind.lower()}"
    assert decode(answer.content).format == kind
    assert answer.headers["location"].startswith("http://testserver/v1/jobs/job_")


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json, image/png", "", "*/*;q=0.1"]
)
def test_who_likes_both_alike_gets_json(api: ApiHarness, accept: str) -> None:
    answer = submit(api, succeed(api), Prefer="wait=10", Accept=accept)
    assert answer.json()["status"] == "succeeded"


@pytest.mark.parametrize("accept", ["image/png", "*/*"])
def test_a_job_that_takes_longer_is_answered_with_202_and_json(
    api: ApiHarness, accept: str
) -> None:
    start = time.monotonic()
    answer = submit(api, None, Prefer="wait=1", Accept=accept)
    assert 0.9 < time.monotonic() - start < 5
    assert answer.status_code == 202
    assert answer.json()["status"] == "queued"
    assert answer.headers["preference-applied"] == "wait=1"
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "prefer", ["respond-async", "wait=soon", "wait", "handling=lax"]
)
def test_who_does_not_wait_is_answered_at_once(api: ApiHarness, prefer: str) -> None:
    answer = submit(api, None, Prefer=prefer)
    assert answer.status_code == 202
    assert "preference-applied" not in answer.headers


def test_a_job_that_failed_in_time_is_shown(api: ApiHarness) -> None:
    answer = submit(api, fail(api), Prefer="wait=10")
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == "out_of_memory"


def test_a_failed_job_is_a_problem_to_those_who_take_pictures_only(
    api: ApiHarness,
) -> None:
    answer = submit(api, fail(api), Prefer="wait=10", Accept="image/png")
    body = assert_problem(answer, 409, "job_failed")
    assert body["error"]["code"] == "out_of_memory"
    answer = submit(
        api, fail(api), Prefer="wait=10", Accept="image/png, application/json;q=0.1"
    )
    assert answer.json()["status"] == "failed"


def test_one_who_waits_holds_no_turn_and_no_place_beyond_the_limit(
    build_api: Callable[..., ApiHarness],
) -> None:
    api = build_api(settings=ApiSettings(uploads_at_once=1, waits_at_once=1))
    answers: list[Any] = []

    def wait() -> None:
        answers.append(send(api, a_job(), Prefer="wait=10"))

    with api.client:
        waiting = threading.Thread(target=wait)
        waiting.start()
        while api.service(JobDependencies).waits.available_tokens:
            time.sleep(0.01)
        assert api.service(SubmissionDependencies).uploads.available_tokens == 1
        start = time.monotonic()
        answer = send(api, a_job(params={"seed": 1}), Prefer="wait=10")
        assert time.monotonic() - start < 5
        work(api, succeed(api), jobs=2).join()
        waiting.join()
    assert answer.status_code == 202
    assert "preference-applied" not in answer.headers
    assert answers[0].status_code == 200
    assert api.service(JobDependencies).waits.available_tokens == 1


def test_a_retry_waits_too(api: ApiHarness) -> None:
    job_id = api.failed()
    with api.client:
        worker = work(api, succeed(api))
        headers = {"Prefer": "wait=10", "Accept": "image/png"}
        answer = api.client.post(f"/v1/jobs/{job_id}/retry", headers=headers)
        worker.join()
    assert answer.content == PICTURE
