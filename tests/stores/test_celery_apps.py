"""Celery imports what is installed and obeys our settings alone."""

import sys
import warnings
from pathlib import Path

import pytest
from celery import platforms

from app.stores.celery_apps import hear, new_celery

URL = "redis://ours:6379/0"


def test_module_of_the_current_directory_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_stranger.py").write_text("")
    monkeypatch.chdir(tmp_path)
    loader = new_celery("test", URL, set_as_current=False).loader
    for load in (
        *(loader.import_from_cwd, loader.import_task_module, loader.find_module),
        loader.import_module,
    ):
        with pytest.raises(ModuleNotFoundError):
            load("a_stranger")
    assert "a_stranger" not in sys.modules
    assert loader.import_task_module("app.contract.records.wire").TASK_NAME


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CELERY_BROKER_URL", "redis://theirs"),
        ("CELERY_LOADER", "their.loader"),
        ("CELERY_CONFIG_MODULE", "their_settings"),
        ("DJANGO_SETTINGS_MODULE", "their.settings"),
    ],
)
def test_settings_of_somebody_elses_celery_are_not_ours(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    celery = new_celery("test", URL, set_as_current=False)
    assert celery.conf.task_default_queue == "celery"
    for connect in (celery.connection_for_read, celery.connection_for_write):
        with connect() as connection:
            assert connection.hostname == "ours"


class WorkerOfASuperuser:
    """Looks at its rights as Celery's does, and hears nothing."""

    # Celery's own name.
    def Worker(self, **options: object) -> "WorkerOfASuperuser":  # noqa: N802
        platforms.check_privileges(["json"])
        return self

    def start(self) -> None:
        self.has_started = True


def test_superuser_is_not_warned_of_messages_that_could_run_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are JSON; and it advises an option that our commands do not have."""
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    celery = WorkerOfASuperuser()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hear(celery)
    assert celery.has_started
