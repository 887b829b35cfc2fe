"""What several rooms' tests need: a real Valkey of their own."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import server
from tests.e2e.service import Service

# As the Makefile and the workers have it, for a bare pytest: OpenMP's threads shall not
# starve the services that tests start. libgomp reads it when torch is first imported.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")


@pytest.fixture(autouse=True)
def _left_databases() -> Iterator[None]:
    with server.databases_of_a_test():
        yield


@pytest.fixture(scope="session")
def valkey_url() -> str:
    """Return where the tests' own server listens."""
    return server.url()


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Any]:
    """Start one object storage for the run and stop it at the end."""
    # boto3 takes a while to load, and few tests need it.
    from tests.object_storage import running  # noqa: PLC0415

    with running() as storage:
        yield storage


@pytest.fixture
def storage(moto_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the object storage; this process has its credentials for the test."""
    from tests.object_storage import CREDENTIALS  # noqa: PLC0415

    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return moto_server


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return an empty directory for one test's data."""
    return tmp_path / "data"


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Start one whole service for all tests that leave it as it was.

    They may kill a worker's child: it comes back. It saves states and previews often.
    """
    running = Service(
        tmp_path_factory.mktemp("service"),
        {
            "IMPASTO_CHECKPOINT_INTERVAL_S": "0.1",
            "IMPASTO_PREVIEW_INTERVAL_S": "0.2",
            "IMPASTO_ALLOW_PRIVATE_URLS": "true",
        },
    )
    try:
        running.start()
        yield running
    finally:
        running.stop()
