"""A page of another site is not heard, whether there are keys or not."""

import pytest

from app.contract.keys import Scope
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness

FORM = {"content": ("a", b"x"), "style": ("b", b"x")}
LISTED = "https://gallery.example"


def send(
    api: ApiHarness, site: str | None, origin: str = "https://evil.example"
) -> int:
    headers = {} if site is None else {"Sec-Fetch-Site": site, "Origin": origin}
    return int(api.client.post("/v1/jobs", files=FORM, headers=headers).status_code)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_without_keys_pages_of_other_sites_change_nothing(
    api: ApiHarness, site: str
) -> None:
    assert send(api, site) == 403
    assert api.is_untouched


@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_programs_and_our_own_page_are_heard(api: ApiHarness, site: str | None) -> None:
    assert send(api, site) == 415, "it came as far as its pictures"


def test_pages_that_the_operator_lists_are_heard() -> None:
    api = ApiHarness(settings=ApiSettings(cors_origins=(LISTED,)))
    assert send(api, "cross-site", LISTED) == 415
    assert send(api, "cross-site") == 403


def test_links_from_other_sites_may_be_followed(api: ApiHarness) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert api.client.get("/v1/jobs", headers=headers).status_code == 200


def test_with_keys_a_page_without_one_is_a_stranger(api: ApiHarness) -> None:
    api.key(Scope.JOBS_WRITE)
    assert send(api, "cross-site") == 401


def test_no_answer_sets_a_cookie(api: ApiHarness) -> None:
    answers = [api.client.get(path) for path in ("/", "/docs", "/v1/jobs")]
    assert all("set-cookie" not in each.headers for each in [*answers, api.submit()])
