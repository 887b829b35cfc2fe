from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import Response
from starlette.testclient import TestClient

from app.http.deprecation import (
    DEPRECATED_ROUTES,
    DeprecatedRoute,
    DeprecationNotices,
    mark_deprecated,
)

ROUTE = DeprecatedRoute(
    method="GET",
    path="/v1/sketches/{sketch_id}",
    since=datetime(2026, 1, 2, tzinfo=UTC),
    sunset=datetime(2026, 7, 1, 12, tzinfo=UTC),
    guide="https://example.org/guide",
)


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()

    @app.get("/v1/sketches/{sketch_id}")
    @app.post("/v1/sketches/{sketch_id}")
    def sketch(sketch_id: str) -> Response:
        return Response(headers={"Link": '</v1/sketches?cursor=2>; rel="next"'})

    app.add_middleware(DeprecationNotices, table=(ROUTE,))
    return app


def test_nothing_is_deprecated_today() -> None:
    assert DEPRECATED_ROUTES == ()


def test_a_deprecated_route_says_so_in_every_answer(app: FastAPI) -> None:
    answer = TestClient(app).get("/v1/sketches/7")
    assert answer.headers["deprecation"] == "@1767312000"
    assert answer.headers["sunset"] == "Wed, 01 Jul 2026 12:00:00 GMT"
    assert answer.headers.get_list("link") == [
        '</v1/sketches?cursor=2>; rel="next"',
        '<https://example.org/guide>; rel="deprecation"; type="text/html"',
    ]
    # 405: the headers are of the route, whatever the answer.
    assert "deprecation" in TestClient(app).head("/v1/sketches/7").headers


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/sketches/7"), ("GET", "/v1/sketches"), ("GET", "/v1/sketches/7/x")],
)
def test_other_routes_say_nothing(app: FastAPI, method: str, path: str) -> None:
    headers = TestClient(app).request(method, path).headers
    assert "deprecation" not in headers
    assert "sunset" not in headers


def test_a_route_may_be_deprecated_before_its_end_is_set() -> None:
    route = DeprecatedRoute(
        method="GET", path="/v1/x", since=ROUTE.since, guide=ROUTE.guide
    )
    assert set(route.headers()) == {"Deprecation", "Link"}


def test_the_openapi_document_says_so_too(app: FastAPI) -> None:
    document = app.openapi()
    mark_deprecated(document, (ROUTE,))
    operations = document["paths"]["/v1/sketches/{sketch_id}"]
    assert operations["get"]["deprecated"] is True
    assert "deprecated" not in operations["post"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": datetime(2026, 1, 2)},  # noqa: DTZ001 - what is refused
        {"sunset": datetime(2025, 12, 31, tzinfo=UTC)},
    ],
)
def test_dates_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    row = {"method": "GET", "path": "/", "since": ROUTE.since, "guide": "x", **wrong}
    with pytest.raises(ValueError, match=r"time zone|before"):
        DeprecatedRoute(**row)
