"""Who answers over HTTP, and how it is told."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.metadata import version

import httpx
import pytest

from app.commands.doctor import network
from app.commands.doctor.findings import Finding, Level
from tests.app.client.fakes import problem
from tests.app.commands.conftest import Counter

URL = "http://service.test"
READY = {"ready": True, "checks": {"redis": "ok"}}
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    counter = Counter()
    counter.on("GET /readyz", httpx.Response(200, json=READY))
    counter.on("GET /v1/jobs", httpx.Response(200, json={"data": []}))
    counter.on("GET /v1/styles", httpx.Response(200, json={"data": []}))
    ours = {"version": version("impasto")}
    counter.on("GET /v1/capabilities", httpx.Response(200, json=ours))
    monkeypatch.setattr(network, "ImpastoClient", counter.connect)
    monkeypatch.setattr(network, "_date", lambda url: None)
    return counter


def look(url: str = URL, key: str | None = None, expected: bool = True):
    found: dict[str, Finding] = {}
    for each in network.look(url, key, is_expected=expected):
        found[each.check] = each
    return found


def test_a_service_that_is_well_is_told_so(counter: Counter) -> None:
    found = look(key="imp_1")
    assert {each.level for each in found.values()} == {Level.OK}
    assert [*found] == ["service", "key", "version", "clock"]


def test_the_licences_of_styles_networks_are_told(counter: Counter) -> None:
    packs = [{"sha256": "ab", "license": name} for name in ("CC0-1.0", "CC0-1.0", "?")]
    styles = [{"id": f"s{number}", "pack": each} for number, each in enumerate(packs)]
    page = {"data": [*styles, {"id": "painting", "pack": None}]}
    counter.on("GET /v1/styles", httpx.Response(200, json=page))
    assert look()["packs"].message.endswith("2 of 'CC0-1.0'; 1 of '?'")
    counter.on("GET /v1/styles", problem(503, "storage_unavailable"))
    assert look()["packs"].level is Level.WARNING


def test_each_check_that_failed_is_a_problem_with_advice(counter: Counter) -> None:
    checks = {"redis": "ok", "workers": "none is alive"}
    answer = problem(503, "not_ready", ready=False, checks=checks)
    counter.on("GET /readyz", answer)
    found = look()["service"]
    assert found.level is Level.PROBLEM
    assert "workers: none is alive" in found.message
    assert "impasto worker" in (found.advice or "")


@pytest.mark.parametrize(
    ("answer", "key", "level", "words"),
    [
        (problem(401, "unauthenticated"), "imp_1", "problem", "not valid"),
        (problem(401, "unauthenticated"), None, "problem", "wants an API key"),
        (problem(403, "forbidden"), "imp_1", "warning", "may not read jobs"),
        (problem(429, "rate_limited"), "imp_1", "warning", "cannot be listed"),
    ],
)
def test_what_is_wrong_with_the_key_is_told(
    counter: Counter, answer, key: str | None, level: str, words: str
) -> None:
    counter.on("GET /v1/jobs", answer)
    found = look(key=key)["key"]
    assert found.level == level
    assert words in found.message


def test_another_version_is_a_warning_and_none_is_no_fault(counter: Counter) -> None:
    counter.on("GET /v1/capabilities", httpx.Response(200, json={"version": "9.0"}))
    assert look()["version"].level is Level.WARNING
    counter.on("GET /v1/capabilities", problem(404, "not_found"))
    assert look()["version"].level is Level.OK


def test_something_else_that_answers_is_told(counter: Counter) -> None:
    counter.on("GET /readyz", httpx.Response(200, html="<h1>It works</h1>"))
    found = look()["service"]
    assert found.level is Level.PROBLEM
    assert "no Impasto service" in found.message


def test_nobody_is_a_problem_only_where_somebody_is_expected(
    counter: Counter,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    counter.on("GET /readyz", httpx.ConnectError("refused"))
    url = f"http://127.0.0.1:{port}"
    assert look(url)["service"].level is Level.PROBLEM
    found = look(url, expected=False)["port"]
    assert found.level is Level.OK
    assert f"port {port} is free" in found.message


def test_a_port_that_is_taken_by_no_web_server_is_a_problem(
    counter: Counter,
) -> None:
    counter.on("GET /readyz", httpx.ReadTimeout("silent"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert look(url, expected=False)["port"].level is Level.PROBLEM


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "agree"), (29, "agree"), (90, "ahead"), (-90, "behind")]
)
def test_clocks_are_compared(seconds: float, words: str) -> None:
    told = format_datetime(NOW, usegmt=True)
    found = network.skew(told, NOW + timedelta(seconds=seconds))
    assert words in found.message
    assert (found.level is Level.OK) == (words == "agree")


def test_a_date_that_cannot_be_read_is_no_fault() -> None:
    for told in (None, "", "soon"):
        assert network.skew(told, NOW).level is Level.OK
