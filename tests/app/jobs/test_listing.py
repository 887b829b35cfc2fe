"""Lists of jobs: their order, filters and pages."""

import base64
import re
from typing import Any

import pytest

from tests.app.conftest import ApiHarness


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["data"]]


def get(api: ApiHarness, query: str = "") -> Any:
    return api.client.get(f"/v1/jobs{query}")


def test_the_newest_job_is_first(api: ApiHarness) -> None:
    first, second = api.queued(), api.queued()
    assert ids(get(api)) == [second, first]
    for order in ("created_desc", "desc"):
        assert ids(get(api, f"?order={order}")) == [second, first]
    for order in ("created_asc", "asc"):
        assert ids(get(api, f"?order={order}")) == [first, second]


def test_a_list_shows_whole_jobs(api: ApiHarness) -> None:
    job_id = api.succeeded()
    (listed,) = get(api).json()["data"]
    assert listed == api.client.get(f"/v1/jobs/{job_id}").json()


def test_an_empty_list_is_a_list(api: ApiHarness) -> None:
    answer = get(api)
    assert answer.json() == {"data": [], "next_cursor": None}
    assert "link" not in answer.headers
    assert answer.headers["cache-control"] == "private, no-cache"


def test_states_filter_the_list(api: ApiHarness) -> None:
    failed, canceled, queued = api.failed(), api.canceled(), api.queued()
    assert ids(get(api, "?status=queued")) == [queued]
    assert ids(get(api, "?status=failed&status=canceled")) == [canceled, failed]
    assert ids(get(api, "?status=succeeded")) == []


@pytest.mark.parametrize("order", ["created_desc", "created_asc"])
def test_pages_show_every_job_once(api: ApiHarness, order: str) -> None:
    made = [api.canceled() for _ in range(5)]
    api.queued()
    seen, pages, query = [], 0, f"?limit=2&order={order}&status=canceled"
    while True:
        answer = get(api, query)
        seen += ids(answer)
        pages += 1
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
        query = f"?limit=2&order={order}&status=canceled&cursor={cursor}"
    assert pages == 3
    assert seen == (made if order == "created_asc" else made[::-1])


def test_the_link_leads_to_the_next_page(api: ApiHarness) -> None:
    made = [api.canceled() for _ in range(3)]
    answer = get(api, "?limit=2&status=canceled&status=failed")
    match = re.fullmatch(
        r'<(http://testserver/v1/jobs\?.*)>; rel="next"', answer.headers["link"]
    )
    assert match is not None
    following = api.client.get(match[1])
    assert ids(following) == made[:1]
    assert "link" not in following.headers


def test_a_job_that_comes_meanwhile_moves_no_page(api: ApiHarness) -> None:
    made = [api.queued() for _ in range(3)]
    cursor = get(api, "?limit=1").json()["next_cursor"]
    api.queued()
    assert ids(get(api, f"?cursor={cursor}")) == made[1::-1]


def test_a_list_shows_only_the_callers_jobs(api: ApiHarness) -> None:
    mine, theirs = api.queued(), api.queued()
    api.ledger.give_away(theirs, "key_1")
    assert ids(get(api)) == [mine]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "nonsense",
        "%00",
        "ü",
        "a" * 5000,
        base64.urlsafe_b64encode(b"hello").decode(),
        base64.urlsafe_b64encode(b"jobs1:\x00\x01").decode(),
        base64.urlsafe_b64encode("jobs1:ü".encode()).decode(),
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(api: ApiHarness, cursor: str) -> None:
    answer = get(api, f"?cursor={cursor}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_value"
    assert answer.json()["errors"][0]["field"] == "/cursor"


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("limit=0", "out_of_range", "/limit"),
        ("limit=101", "out_of_range", "/limit"),
        ("limit=many", "invalid_value", "/limit"),
        ("status=painting", "invalid_value", "/status/0"),
        ("order=random", "invalid_value", "/order"),
    ],
)
def test_a_wrong_question_is_refused(
    api: ApiHarness, query: str, code: str, field: str
) -> None:
    answer = get(api, f"?{query}")
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert answer.json()["errors"][0]["field"] == field


def test_a_hundred_jobs_are_the_most(api: ApiHarness) -> None:
    assert get(api, "?limit=100").status_code == 200
    for _ in range(21):
        api.canceled()
    assert len(ids(get(api))) == 20
