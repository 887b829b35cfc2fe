import re

import pytest

from app.contract.failures import FailureCode
from app.problems import PROBLEMS, ProblemCode
from tests.app.conftest import ApiHarness


@pytest.mark.parametrize("code", ProblemCode)
def test_every_problem_has_a_page(api: ApiHarness, code: ProblemCode) -> None:
    answer = api.client.get(f"/problems/{code}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<code>{code}</code>" in answer.text
    assert str(PROBLEMS[code].status) in answer.text


def test_other_problems_have_none(api: ApiHarness) -> None:
    assert api.client.get("/problems/nonsense").json()["code"] == "not_found"


def test_the_documentation_needs_nobody_else(api: ApiHarness) -> None:
    page = api.client.get("/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 4
    for link in links:
        assert "//" not in link
        if not link.startswith("data:"):
            asset = api.client.get(f"/{link}")
            assert asset.status_code == 200
            assert asset.content
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "http" not in policy
    assert "<script>" not in page.text


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_of_a_job_has_a_page(api: ApiHarness, code: FailureCode) -> None:
    answer = api.client.get(f"/problems/{code}")
    assert answer.status_code == 200
    assert code in answer.text
