"""A decoder in a process of its own can neither crash, fill nor read the API."""

import logging
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.pixels import isolation
from app.pixels.isolation import Order, UndecodableError, decode_apart
from tests.app.boxes import stored

HEIC = Order(is_av1=False, side_px=48, is_mask=False, nclx=(1, 13))
AVIF = Order(is_av1=True, side_px=48, is_mask=False, nclx=(1, 13))


def test_copy_and_true_size_come_back() -> None:
    decoded = decode_apart(stored("orientation_6.heic"), HEIC)
    assert decoded.size == (64, 96)
    assert (decoded.clean.width, decoded.clean.height) == (32, 48)


def test_process_may_not_take_what_it_likes() -> None:
    """81 megapixels, 0.6 GB; the gate would refuse them, and is not asked here."""
    with pytest.raises(UndecodableError):
        decode_apart(stored("81_megapixels.avif"), AVIF)


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_PATIENCE_S", 0.001)
    with pytest.raises(UndecodableError, match="too long"):
        decode_apart(stored("plain.heic"), HEIC)


def test_a_crash_is_noted_and_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(isolation.sys, "executable", "/bin/false")
    with caplog.at_level(logging.WARNING), pytest.raises(UndecodableError):
        decode_apart(stored("plain.heic"), HEIC)
    assert "a decoder ended with 1" in caplog.text


def test_damage_is_no_crash(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(UndecodableError):
        decode_apart(b"no picture at all", AVIF)
    assert caplog.text == ""


def test_process_is_told_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {}
    really_run = subprocess.run

    # Any: what `subprocess.run` takes.
    def run(*args: Any, **more: Any) -> Any:
        told.update(more["env"])
        return really_run(*args, **more)

    monkeypatch.setenv("IMPASTO_S3_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(isolation.subprocess, "run", run)
    decode_apart(stored("plain.heic"), HEIC)
    assert set(told) < {*os.environ, "MALLOC_ARENA_MAX"}
    assert not [name for name in told if name.startswith("IMPASTO")]


def test_modules_of_the_current_directory_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "marker"
    code = f"open({str(marker)!r}, 'w')\nraise SystemExit(1)\n"
    for name in ("app", "PIL", "pi_heif", "json", "resource"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    decode_apart(stored("plain.heic"), HEIC)
    assert not marker.exists()
