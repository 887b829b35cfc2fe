from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts

from app.contract.keys import Scope
from app.http.access.rules import ANY_KEY, RULES, Meter, rule_for
from tests.app.conftest import ApiHarness

JOB = "/v1/jobs/job_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d"


def routes_of(api: ApiHarness) -> Iterator[tuple[str, str]]:
    for context in iter_route_contexts(api.app.routes):
        for method in context.methods or {"GET"}:
            yield method, context.path


ROUTES = sorted(set(routes_of(ApiHarness())))


def test_there_are_routes_to_look_at() -> None:
    assert ("POST", "/v1/jobs") in ROUTES
    assert len(ROUTES) > 8


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_of_the_application_is_in_the_table(method: str, path: str) -> None:
    assert rule_for(method, path) is not ANY_KEY


OPEN = [
    "/",
    "/static/page.js",
    "/favicon.ico",
    "/healthz",
    "/readyz",
    "/docs",
    "/docs/start.js",
    "/openapi.json",
    "/problems/not_found",
    "/v1/capabilities",
    "/v1/presets",
    "/v1/styles",
    "/v1/styles/sty_1",
    "/v1/styles/sty_1/image",
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", OPEN)
def test_what_everybody_may_see_is_open(method: str, path: str) -> None:
    assert rule_for(method, path).is_open


SCOPES = {
    Scope.JOBS_READ: [
        ("GET", "/v1/jobs"),
        ("GET", JOB),
        ("HEAD", f"{JOB}/result"),
        ("GET", f"{JOB}/events"),
        ("GET", f"{JOB}/preview"),
        ("GET", f"{JOB}/losses"),
        ("GET", f"{JOB}/inputs/content"),
        ("GET", f"{JOB}/inputs/style/0"),
        ("GET", f"{JOB}/deliveries"),
        ("GET", "/v1/batches/bat_1"),
        ("GET", "/v1/queue"),
    ],
    Scope.JOBS_WRITE: [
        ("POST", "/v1/jobs"),
        ("POST", f"{JOB}/cancel"),
        ("POST", f"{JOB}/finish"),
        ("POST", f"{JOB}/retry"),
        ("POST", f"{JOB}/deliveries/1/redeliver"),
        ("DELETE", JOB),
        ("POST", "/v1/estimates"),
        ("POST", "/v1/batches"),
        ("POST", "/v1/batches/bat_1/cancel"),
    ],
    Scope.STYLES_WRITE: [("POST", "/v1/styles"), ("DELETE", "/v1/styles/sty_1")],
    Scope.ADMIN: [("GET", "/v1/workers"), ("GET", "/metrics"), ("HEAD", "/metrics")],
}


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [(scope, *request) for scope, requests in SCOPES.items() for request in requests],
)
def test_each_request_needs_its_scope(scope: Scope, method: str, path: str) -> None:
    rule = rule_for(method, path)
    assert not rule.is_open
    assert rule.scope is scope


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1"),
        ("GET", "/v1/"),
        ("GET", "/v1/nothing"),
        ("GET", "/v1/stylesheet"),
        ("GET", "/v1/presets/"),
        ("GET", "/V1/presets"),
        ("GET", "/healthz/"),
        ("GET", "//healthz"),
        ("GET", "/docsx"),
        ("GET", "/metrics/"),
        ("PUT", "/v1/jobs"),
        ("PATCH", "/v1/styles/sty_1"),
        ("OPTIONS", "/v1/capabilities"),
        ("GET", "/v1/jobs\n"),
        ("GET", "/healthz\n"),
        ("GET", ""),
    ],
)
def test_what_no_row_speaks_of_needs_a_key(method: str, path: str) -> None:
    rule = rule_for(method, path)
    assert rule is ANY_KEY
    assert not rule.is_open


def test_only_one_jobs_own_paths_are_read_by_link() -> None:
    by_link = [rule for rule in RULES if rule.by_link]
    assert by_link
    for rule in by_link:
        assert rule.pattern.startswith("/v1/jobs/*/")
        assert rule.methods == {"GET"}
    assert rule_for("GET", JOB).by_link
    assert not rule_for("GET", "/v1/jobs").by_link
    assert not rule_for("POST", f"{JOB}/cancel").by_link


@pytest.mark.parametrize(
    ("method", "path", "meter"),
    [
        ("POST", "/v1/jobs", Meter.SUBMISSION),
        ("POST", "/v1/batches", Meter.SUBMISSION),
        ("POST", f"{JOB}/retry", Meter.SUBMISSION),
        ("POST", f"{JOB}/cancel", None),
        ("POST", "/v1/estimates", None),
        ("GET", "/v1/jobs", Meter.POLL),
        ("GET", JOB, Meter.POLL),
        ("GET", f"{JOB}/events", Meter.POLL),
        ("GET", f"{JOB}/losses", Meter.POLL),
        ("GET", "/v1/batches/bat_1", Meter.POLL),
        ("GET", f"{JOB}/result", None),
        ("GET", f"{JOB}/preview", None),
        ("GET", f"{JOB}/inputs/style/0", None),
    ],
)
def test_submissions_and_polls_are_counted(
    method: str, path: str, meter: Meter | None
) -> None:
    assert rule_for(method, path).meter is meter
