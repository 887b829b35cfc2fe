from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from app.http.edge.origins import PublicUrl, origin_of
from app.http.services import Services
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness


def scope_with(host: bytes | None, **more: Any) -> dict[str, Any]:
    parts = (PublicUrl(more.pop("public_url", None)),)
    state = SimpleNamespace(services=Services(parts))
    return {
        "type": "http",
        "scheme": "http",
        "server": ("10.0.0.1", 8000),
        "headers": [] if host is None else [(b"host", host)],
        "app": SimpleNamespace(state=state),
        **more,
    }


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (b"example.org", "http://example.org"),
        (b"localhost:8000", "http://localhost:8000"),
        (b"[::1]:8000", "http://[::1]:8000"),
        (None, "http://10.0.0.1:8000"),
        (b"", "http://10.0.0.1:8000"),
        (b"evil.org/path?", "http://10.0.0.1:8000"),
        (b"user@evil.org", "http://10.0.0.1:8000"),
        (b"[::1", "http://10.0.0.1:8000"),
        (b"a b", "http://10.0.0.1:8000"),
        (b"\xff", "http://10.0.0.1:8000"),
    ],
)
def test_only_a_sane_host_is_taken_over(host: bytes | None, origin: str) -> None:
    assert origin_of(scope_with(host)) == origin


def test_a_mount_point_belongs_to_the_origin() -> None:
    assert origin_of(scope_with(b"a.org", root_path="/paint")) == "http://a.org/paint"


def test_without_a_port_the_server_is_a_socket() -> None:
    scope = scope_with(None, server=None)
    assert origin_of(scope) == "http://localhost"


def test_the_configured_url_wins(build_api: Callable[..., ApiHarness]) -> None:
    settings = ApiSettings(public_url="https://paint.example/api")
    api = build_api(settings=settings)
    answer = api.submit()
    job_id = answer.json()["id"]
    assert answer.headers["location"] == f"https://paint.example/api/v1/jobs/{job_id}"
    problem = api.client.get("/nothing").json()
    assert problem["type"] == "https://paint.example/api/problems/not_found"
