import ctypes
import resource
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from app.http.edge.deadline import DeadlineProtocol
from app.server import run_api
from app.settings import ApiSettings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what uvicorn is told instead of starting it."""
    told: dict[str, Any] = {}

    def run(server: uvicorn.Server) -> None:
        told.update(vars(server.config))
        server.started = True

    monkeypatch.setattr(uvicorn.Server, "run", run)
    return told


def test_the_settings_reach_the_server(started: dict[str, Any], tmp_path: Path) -> None:
    run_api(ApiSettings(port=9, header_deadline_s=2.5, data_dir=tmp_path))
    assert isinstance(started["app"], FastAPI)
    assert started["port"] == 9
    assert issubclass(started["http"], DeadlineProtocol)
    assert started["http"].head_deadline_s == 2.5
    assert started["limit_concurrency"] == 4000
    assert started["access_log"] is False


def test_nothing_is_opened_before_the_server_runs(
    started: dict[str, Any], tmp_path: Path
) -> None:
    # Port 1 refuses; a connection at this point would raise.
    run_api(ApiSettings(redis_url="redis://127.0.0.1:1", data_dir=tmp_path / "data"))
    assert not (tmp_path / "data").exists()


def test_without_settings_the_environment_has_them(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASTO_PORT", "1234")
    run_api()
    assert started["port"] == 1234


@pytest.mark.parametrize("has_glibc", [True, False])
def test_large_blocks_are_given_back_where_the_library_can(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch, has_glibc: bool
) -> None:
    calls = []

    class Library:
        if has_glibc:

            def mallopt(self, *arguments: int) -> None:
                calls.append(arguments)

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Library())
    run_api()
    assert calls == ([(-3, 2**20)] if has_glibc else [])
    assert "app" in started


def test_a_server_that_cannot_start_says_so_by_its_status(
    started: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn.Server, "run", lambda _self: None)
    with pytest.raises(SystemExit) as exit_:
        run_api()
    assert exit_.value.code == 3


def test_as_many_files_may_be_open_as_the_system_allows(
    started: dict[str, Any],
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
    try:
        run_api()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
