"""Whatever lies in the directory where the service is started is not ours to run."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.e2e import strangers
from tests.e2e.service import IMPASTO, Service

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]


@pytest.fixture
def crowded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of misleading modules."""
    directory = tmp_path / "crowded"
    directory.mkdir()
    strangers.settle(directory)
    monkeypatch.setenv("IMPASTO_TRAP_MARK", str(tmp_path / "mark"))
    return directory


def victims(tmp_path: Path) -> str:
    mark = tmp_path / "mark"
    return mark.read_text() if mark.exists() else ""


def test_service_imports_nothing_of_the_current_directory(
    crowded: Path, tmp_path: Path, pictures: tuple[Path, Path]
) -> None:
    service = Service(tmp_path / "data", directory=crowded)
    try:
        service.start(timeout_s=60)
        job_id = service.submit(*pictures, size=64, steps=2)
        job = service.wait_for(job_id, "succeeded", "failed")
        assert job["status"] == "succeeded", job["error"]
    finally:
        service.stop()
    assert victims(tmp_path) == ""


#: As somebody has them who runs another service of this kind.
ELSEWHERE = {
    "APP": "app",
    "BROKER_URL": "redis://127.0.0.1:1",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1",
    "CELERY_CONFIG_MODULE": "app",
    "DJANGO_SETTINGS_MODULE": "app.settings",
    "LOADER": "app",
}


@pytest.mark.parametrize("safe", [[], ["-P"]], ids=["", "-P"])
def test_worker_alone_imports_nothing_of_the_current_directory(
    safe: list[str], crowded: Path, tmp_path: Path, valkey_url: str
) -> None:
    (crowded / "worker.py").unlink()  # Python itself would run this one
    words = [sys.executable, *safe, "-m", "worker"]
    assert "ready in" in log_of(words, crowded, tmp_path, valkey_url, ELSEWHERE)
    assert victims(tmp_path) == ""


def test_worker_works_where_there_is_no_directory_any_more(
    tmp_path: Path, valkey_url: str
) -> None:
    lost = tmp_path / "lost"
    lost.mkdir()
    words = ["sh", "-c", f"rmdir {lost}; exec {IMPASTO} worker"]
    assert "ready in" in log_of(words, lost, tmp_path, valkey_url)


def log_of(
    words: list[str],
    directory: Path,
    tmp_path: Path,
    redis_url: str,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Run a worker until it is ready, or for a minute; return what it said."""
    log = tmp_path / "worker.log"
    environment = {
        **os.environ,
        **environment,
        "IMPASTO_REDIS_URL": redis_url,
        "IMPASTO_DATA_DIR": str(tmp_path / "data"),
        "IMPASTO_THREADS": "1",
    }
    with log.open("wb") as output:
        worker = subprocess.Popen(
            words, cwd=directory, env=environment, stdout=output, stderr=output
        )
    end_s = time.monotonic() + 60
    while "ready in" not in log.read_text() and time.monotonic() < end_s:
        if worker.poll() is not None:
            break
        time.sleep(0.1)
    worker.terminate()
    worker.wait(20)
    return log.read_text()
