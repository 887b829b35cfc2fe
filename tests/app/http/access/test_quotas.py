import pytest

from app.contract.ports import TooManyActiveJobsError
from app.contract.rates import Allowance, RatePolicy
from app.http.access.quotas import rate_headers, rate_limited, too_many_active_jobs
from tests.app.conftest import ApiHarness

POLICY = RatePolicy("submit", quota=30, window_s=60)


def test_the_headers_have_the_form_of_the_draft() -> None:
    headers = rate_headers(POLICY, Allowance(True, remaining=12, reset_s=36.2))
    assert headers == {
        "RateLimit-Policy": '"submit";q=30;w=60',
        "RateLimit": '"submit";r=12;t=37',
    }


@pytest.mark.parametrize(("reset_s", "retry_after_s"), [(0.0, 1), (0.2, 1), (7.1, 8)])
def test_a_refusal_never_says_at_once(reset_s: float, retry_after_s: int) -> None:
    error = rate_limited(POLICY, Allowance(False, remaining=0, reset_s=reset_s))
    assert error.retry_after_s == retry_after_s


def test_a_key_with_too_many_active_jobs_is_told_how_many_and_when_to_come() -> None:
    error = too_many_active_jobs(5, 5)
    assert error.code == "too_many_active_jobs"
    assert error.extra == {"active": 5, "limit": 5}
    assert error.retry_after_s


def test_the_ledgers_refusal_is_the_same_problem(api: ApiHarness) -> None:
    @api.app.get("/v1/jobs/full")
    def full() -> None:
        raise TooManyActiveJobsError(5, 5)

    api.app.router.routes.insert(0, api.app.router.routes.pop())
    answer = api.client.get("/v1/jobs/full")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (429, "too_many_active_jobs")
    assert (problem["active"], problem["limit"]) == (5, 5)
    assert "retry-after" in answer.headers
