import posixpath
import re

import pytest

from app.contract.keys import Scope
from app.web.assets import load_page
from tests.app.conftest import ApiHarness


def links_of(api: ApiHarness) -> list[str]:
    return re.findall(r'(?:src|href)="([^"#]+)"', api.client.get("/").text)


def test_the_door_leads_to_the_page(api: ApiHarness) -> None:
    answer = api.client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Impasto" in answer.text


def test_no_key_is_needed_to_see_the_page(api: ApiHarness) -> None:
    api.key(Scope.JOBS_READ)
    for link in ("", *links_of(api)):
        assert api.client.get(f"/{link}").status_code == 200


def test_nothing_comes_from_elsewhere_and_nothing_is_inline(api: ApiHarness) -> None:
    answer = api.client.get("/")
    policy = answer.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "img-src 'self' blob: data:" in policy
    assert "media-src 'self' blob:" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert (
        re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src)", answer.text) is None
    )


def test_every_link_is_relative_and_leads_somewhere(api: ApiHarness) -> None:
    links = links_of(api)
    assert len(links) > 8
    for link in links:
        assert not link.startswith(("/", "http"))
        assert api.client.get(f"/{link}").status_code == 200


def test_every_script_imports_what_is_there() -> None:
    scripts = {
        name: asset.content.decode()
        for name, asset in load_page().assets.items()
        if name.endswith(".js")
    }
    imports = [
        (name, found)
        for name, text in scripts.items()
        for found in re.findall(r'^(?:import|\} from).*?"(.+)";$', text, re.MULTILINE)
    ]
    assert len(imports) > len(scripts)
    for name, found in imports:
        assert posixpath.normpath(f"{posixpath.dirname(name)}/{found}") in scripts, name


def test_no_module_is_longer_than_a_person_reads() -> None:
    for name, asset in load_page().assets.items():
        assert len(asset.content.splitlines()) < 300, name


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("js/main.js", "text/javascript; charset=utf-8"),
        ("css/base.css", "text/css; charset=utf-8"),
        ("brand.svg", "image/svg+xml"),
    ],
)
def test_assets_are_kept_for_good(api: ApiHarness, name: str, media_type: str) -> None:
    answer = api.client.get(f"/static/{load_page().digest}/{name}")
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == load_page().assets[name].content


def test_an_old_page_still_gets_its_assets_but_does_not_keep_them(
    api: ApiHarness,
) -> None:
    answer = api.client.get("/static/0123456789abcdef/js/main.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize(
    "name", ["nothing.js", "../index.html", "%2e%2e/routes.py", ""]
)
def test_nothing_else_is_served(api: ApiHarness, name: str) -> None:
    answer = api.client.get(f"/static/{load_page().digest}/{name}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_the_page_is_sent_once_and_then_asked_about(api: ApiHarness) -> None:
    first = api.client.get("/")
    assert first.headers["cache-control"] == "public, no-cache"
    again = api.client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
