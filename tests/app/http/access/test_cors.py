import time

import pytest
from pydantic import ValidationError

from app.contract.keys import Scope
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness

ORIGIN = "https://studio.example.org"
ASKS = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}


@pytest.fixture
def shared() -> ApiHarness:
    return ApiHarness(
        settings=ApiSettings(cors_origins=(ORIGIN, "http://localhost:5173"))
    )


def test_it_is_off_by_default(api: ApiHarness) -> None:
    answer = api.client.get("/healthz", headers={"Origin": ORIGIN})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert api.client.options("/v1/jobs", headers=ASKS).status_code == 405


def test_pages_of_a_listed_origin_may_ask_what_the_api_offers(
    shared: ApiHarness,
) -> None:
    wanted = (
        "authorization, cache-control, cancel-after, content-type, idempotency-key, "
        "if-none-match, last-event-id, prefer, range, traceparent, x-request-id"
    )
    headers = {**ASKS, "Access-Control-Request-Headers": wanted}
    for method in ("GET", "HEAD", "POST", "DELETE"):
        headers["Access-Control-Request-Method"] = method
        answer = shared.client.options("/v1/jobs", headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.org", f"{ORIGIN}.evil.org", f"{ORIGIN}:8443", "null"],
)
def test_pages_of_other_origins_may_not(shared: ApiHarness, origin: str) -> None:
    for answer in (
        shared.client.get("/healthz", headers={"Origin": origin}),
        shared.client.options("/v1/jobs", headers={**ASKS, "Origin": origin}),
    ):
        assert "access-control-allow-origin" not in answer.headers
        assert "Origin" in answer.headers["vary"]


def test_a_page_may_read_the_headers_that_matter(shared: ApiHarness) -> None:
    answer = shared.client.get("/healthz", headers={"Origin": ORIGIN})
    exposed = answer.headers["access-control-expose-headers"]
    for name in (
        "Location",
        "Retry-After",
        "ETag",
        "RateLimit",
        "RateLimit-Policy",
        "X-Request-Id",
        "Idempotent-Replayed",
        "X-Step",
        "Content-Disposition",
        "Upload-Complete",
        "Upload-Limit",
        "Upload-Offset",
    ):
        assert name in exposed.split(", ")


def test_refusals_and_faults_can_be_read_too(
    shared: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    @shared.app.get("/v1/sample")
    def broken() -> None:
        raise RuntimeError

    now_s = time.time()
    monkeypatch.setattr("time.time", lambda: now_s)
    page = {"Origin": ORIGIN}
    fault = shared.client.get("/v1/sample", headers=page)
    key = shared.key(Scope.JOBS_READ, polls_per_second=1)
    path = "/v1/jobs/x"
    refusals = [
        fault,
        shared.client.get(path, headers=page),
        shared.client.post("/v1/jobs", headers={**page, **key}),
        shared.client.get(path, headers={**page, **key}),
        shared.client.get(path, headers={**page, **key}),
    ]
    assert [each.status_code for each in refusals] == [500, 401, 403, 404, 429]
    for each in refusals:
        assert each.headers["access-control-allow-origin"] == ORIGIN
        assert "X-Request-Id" in each.headers["access-control-expose-headers"]


def test_asking_beforehand_needs_no_key(shared: ApiHarness) -> None:
    shared.key(Scope.ADMIN)
    assert shared.client.options("/v1/jobs", headers=ASKS).status_code == 200


def test_origins_are_words_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ApiSettings().cors_origins == ()
    monkeypatch.setenv("IMPASTO_CORS_ORIGINS", f"{ORIGIN}, http://[::1]:5173")
    assert ApiSettings().cors_origins == (ORIGIN, "http://[::1]:5173")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("*", "list each origin"),
        (f"{ORIGIN}, *", "list each origin"),
        ("https://*.example.org", "scheme, a host"),
        (f"{ORIGIN}/", "scheme, a host"),
        (f"{ORIGIN}/path", "scheme, a host"),
        ("https://Example.org", "scheme, a host"),
        ("example.org", "scheme, a host"),
        ("null", "scheme, a host"),
        ("file://", "scheme, a host"),
        (f"{ORIGIN},", "scheme, a host"),
    ],
)
def test_what_is_no_exact_origin_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setenv("IMPASTO_CORS_ORIGINS", text)
    with pytest.raises(ValidationError, match=message):
        ApiSettings()
