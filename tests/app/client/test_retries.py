"""What is said again, when, and what never is."""

import httpx
import pytest

from app.client import (
    BusyError,
    ClientError,
    ConflictError,
    RetryPolicy,
    ServiceError,
    UnreachableError,
)
from app.client.calls import Call
from tests.app.client.fakes import (
    JOB_ID,
    FakeClock,
    Script,
    client_of,
    job_answer,
    once,
    problem,
)

LOST = httpx.ReadError("the connection was reset")
PASSING = {
    "lost": LOST,
    "timeout": httpx.ReadTimeout("too slow"),
    "429": problem(429, "rate_limited"),
    "502": httpx.Response(502),
    "503": problem(503, "queue_full"),
    "504": httpx.Response(504),
    "same key under way": problem(409, "idempotency_in_progress"),
}


@pytest.mark.parametrize("obstacle", PASSING.values(), ids=list(PASSING))
def test_a_submission_is_sent_again_with_the_same_key(obstacle) -> None:
    script = Script(obstacle, job_answer())
    with client_of(script) as client:
        assert client.submit(b"content", [b"style"]).id == JOB_ID
    keys = [each.headers["Idempotency-Key"] for each in script.requests]
    assert len(keys[0]) == 32
    assert keys[0] == keys[1]
    assert all(b'name="content"' in each.content for each in script.requests)


def test_two_submissions_have_two_keys() -> None:
    script = Script(job_answer(), job_answer())
    with client_of(script) as client:
        for _ in range(2):
            client.submit(b"content", [b"style"])
    first, second = (each.headers["Idempotency-Key"] for each in script.requests)
    assert first != second


@pytest.mark.parametrize(
    "answer",
    [
        problem(422, "out_of_range"),
        problem(500, "internal_error"),
        problem(404, "job_not_found"),
        problem(409, "idempotency_key_reused"),
    ],
)
def test_what_does_not_pass_by_itself_is_not_sent_again(answer) -> None:
    script = Script(answer)
    with client_of(script) as client, pytest.raises(ClientError):
        client.submit(b"content", [b"style"])
    assert len(script.requests) == 1


def test_what_may_not_be_said_twice_is_said_once() -> None:
    script = Script(LOST)
    with client_of(script) as client, pytest.raises(UnreachableError):
        client.add_style(b"painting")
    assert len(script.requests) == 1


def test_cancel_and_finish_may_be_said_twice() -> None:
    script = Script(LOST, job_answer(), LOST, job_answer())
    with client_of(script) as client:
        client.cancel(JOB_ID)
        client.finish(JOB_ID)
    assert len(script.requests) == 4


def test_the_last_error_is_told_when_all_attempts_are_used_up() -> None:
    script = Script(LOST, LOST, LOST, problem(503, "queue_full"))
    with client_of(script) as client, pytest.raises(BusyError) as caught:
        client.job(JOB_ID)
    assert len(script.requests) == 4
    assert (caught.value.code, caught.value.retryable) == ("queue_full", True)


def test_retry_after_is_the_least_that_is_waited() -> None:
    clock = FakeClock()
    script = Script(problem(503, "queue_full", {"Retry-After": "7"}), job_answer())
    with client_of(script, clock) as client:
        client.job(JOB_ID)
    assert len(clock.slept_s) == 1
    assert 7 <= clock.slept_s[0] <= 7.5


def test_a_service_that_asks_for_a_long_pause_is_left_alone() -> None:
    clock = FakeClock()
    script = Script(problem(429, "rate_limited", {"Retry-After": "3600"}))
    with client_of(script, clock) as client, pytest.raises(BusyError) as caught:
        client.job(JOB_ID)
    assert caught.value.retry_after_s == 3600
    assert clock.slept_s == []


def test_pauses_grow_and_are_bounded() -> None:
    class Highest:
        def uniform(self, low: float, high: float) -> float:
            assert low == 0
            return high

    policy = RetryPolicy(attempts=9, rng=Highest())  # type: ignore[arg-type]
    call = Call(method="GET", path="/v1/jobs")
    error = UnreachableError("nobody")
    pauses = [policy.pause_s(call, attempt, error) for attempt in range(1, 10)]
    assert pauses == [0.5, 1, 2, 4, 8, 8, 8, 8, None]


def test_an_answer_in_time_is_not_asked_for_again() -> None:
    script = Script(problem(409, "job_finished"))
    with client_of(script) as client, pytest.raises(ConflictError):
        client.cancel(JOB_ID)
    assert len(script.requests) == 1


def test_a_policy_of_one_attempt_gives_up_at_once() -> None:
    script = Script(LOST)
    with (
        client_of(script, retries=once()) as client,
        pytest.raises(UnreachableError, match="no service answers at"),
    ):
        client.job(JOB_ID)
    assert len(script.requests) == 1


def test_a_broken_service_is_no_busy_one() -> None:
    with (
        client_of(Script(problem(500, "internal_error"))) as client,
        pytest.raises(ServiceError),
    ):
        client.job(JOB_ID)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"base_s": -1.0}])
def test_a_policy_without_sense_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="must"):
        RetryPolicy(**wrong)
