"""Where others are sent to the object storage, the page still has its pictures.

Its policy lets it read nothing but the service, and no bucket need allow it to.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings import ApiSettings
from tests.app.jobs.test_redirects import ELSEWHERE, SigningStore
from tests.web.conftest import Studio, a_house, served
from tests.web.visits import PICTURE, Visit


@pytest.fixture
def studio(browser: Any) -> Iterator[Studio]:
    api = a_house(ApiSettings(download_redirects=True), blobs=SigningStore())
    with served(api.app) as url:
        yield Studio(api, url)


def test_the_page_shows_and_saves_what_is_stored_elsewhere(
    visit: Visit, studio: Studio, tmp_path: Path
) -> None:
    visit.send()
    job_id = studio.begin()
    studio.hang(job_id)
    visit.page.wait_for_selector("before-after")
    with visit.page.expect_download() as saving:
        visit.page.click("[data-action=download]")
    saving.value.save_as(tmp_path / "saved.png")
    assert (tmp_path / "saved.png").read_bytes() == PICTURE
    others = httpx.get(f"{studio.url}v1/jobs/{job_id}/result")
    assert others.headers["location"].startswith(ELSEWHERE)
