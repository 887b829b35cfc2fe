"""Values of the environment are those that people mean, in every process."""

import os

import pytest

from app.environment import bare_environment, environment_text, tidy_environment
from app.settings import ApiSettings
from worker.settings import WorkerSettings


def test_line_ends_and_blanks_are_no_part_of_our_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMPASTO_URL", "localhost:8000\r")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", " word\r\n")
    monkeypatch.setenv("OTHERS", "as it is\r")
    tidy_environment()
    names = ("IMPASTO_URL", "AWS_SECRET_ACCESS_KEY", "OTHERS")
    assert [os.environ[name] for name in names] == [
        "localhost:8000",
        "word",
        "as it is\r",
    ]


@pytest.mark.parametrize("value", ["", "\r", " \n"])
def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("IMPASTO_URL", value)
    assert environment_text("IMPASTO_URL") is None


@pytest.mark.parametrize("kind", [ApiSettings, WorkerSettings])
def test_settings_are_read_from_a_file_of_windows(
    monkeypatch: pytest.MonkeyPatch, kind: type[ApiSettings] | type[WorkerSettings]
) -> None:
    monkeypatch.setenv("IMPASTO_DATA_DIR", "kept\r")
    monkeypatch.setenv("IMPASTO_LOG_FORMAT", "json\r")
    monkeypatch.setenv("IMPASTO_SECRET", "s" * 32 + "\r\n")
    monkeypatch.setenv("IMPASTO_REDIS_URL", "redis://127.0.0.1:6379/3\r")
    monkeypatch.setenv("IMPASTO_NETWORKS", "vgg19\r")
    monkeypatch.setenv("IMPASTO_QUEUE_LIMIT", "7\r")
    monkeypatch.setenv("IMPASTO_BLOBS_URL", "\r")
    settings = kind()
    assert settings.data_dir.name == "kept"
    assert settings.log_format == "json"
    assert settings.secret is not None
    assert settings.secret.get_secret_value() == "s" * 32
    assert settings.redis_url == "redis://127.0.0.1:6379/3"
    assert settings.queue_limit == 7
    assert settings.blobs_url is None


def test_a_process_for_strangers_files_learns_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMPASTO_ADMIN_KEY", "secret")
    monkeypatch.setenv("PATH", "/bin")
    told = bare_environment(MALLOC_ARENA_MAX="1")
    assert (told["PATH"], told["MALLOC_ARENA_MAX"]) == ("/bin", "1")
    assert "IMPASTO_ADMIN_KEY" not in told
