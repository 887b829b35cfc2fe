"""An API and two workers that share no directory: a Redis by TCP, blobs in a bucket.

Each part has a data directory of its own, as on hosts of its own.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from app.demo import free_port
from app.launcher import valkey
from app.stores.connections import connect
from tests.e2e.service import Service

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]

#: Neither ends by itself while the test runs.
LONG = {"size": 64, "steps": 2000, "preset": "draft"}
PASSWORD = "letters-and-digits-1"


@dataclass
class Parts:
    """Processes of one service, and where all of them write their logs."""

    log: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self, command: list[str], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as file:
            process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """Ask all to leave, the newest first: Redis last."""
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until(is_so: Callable[[], bool], log: Path, timeout_s: float = 120) -> None:
    end_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end_s, log.read_text()
        time.sleep(0.05)


def answers(redis_url: str) -> bool:
    try:
        return bool(connect(redis_url).ping())
    except redis.RedisError:
        return False


@pytest.fixture
def front(tmp_path: Path, storage: Any) -> Iterator[Service]:
    """Start Redis, two workers and the API; yield the API."""
    service, redis_port = Service(tmp_path), free_port()
    redis_url = f"redis://:{PASSWORD}@127.0.0.1:{redis_port}/0"
    server = [
        *[str(valkey.find_binary()), "--bind", "127.0.0.1", "--port", str(redis_port)],
        *["--requirepass", PASSWORD, "--save", "", "--dir", str(tmp_path)],
    ]
    shared = {
        **storage.environment(storage.new_bucket()),
        "IMPASTO_REDIS_URL": redis_url,
        "IMPASTO_PORT": str(service.port),
        "IMPASTO_THREADS": "1",
        "IMPASTO_NICENESS": "0",
        "IMPASTO_DOWNLOAD_REDIRECTS": "true",
    }
    hosts = {
        "b": ["-m", "worker"],
        "c": ["-m", "worker"],
        "a": ["-m", "app.cli", "api"],
    }
    parts = Parts(tmp_path / "service.log")
    try:
        parts.start(server, {})
        wait_until(lambda: answers(redis_url), parts.log)
        for name, words in hosts.items():
            own = {"IMPASTO_DATA_DIR": str(tmp_path / name)}
            service.process = parts.start([sys.executable, *words], shared | own)
        service.wait_until_ready()
        yield service
    finally:
        parts.stop()


def test_workers_on_other_hosts_paint_what_this_host_took(
    front: Service, pictures: tuple[Path, Path]
) -> None:
    def workers() -> list[dict[str, Any]]:
        answer = httpx.get(f"{front.url}/v1/workers")
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    log = front.data_dir / "service.log"
    wait_until(lambda: len(workers()) == 2, log)
    jobs = {front.submit(*pictures, seed=seed, **LONG) for seed in (1, 2)}
    wait_until(lambda: {each["job_id"] for each in workers()} == jobs, log)
    for job_id in jobs:
        front.wait_for(job_id, "processing")
        httpx.post(f"{front.url}/v1/jobs/{job_id}/finish")
    for job_id in jobs:
        job = front.wait_for(job_id, "succeeded", "failed")
        assert job["status"] == "succeeded", job["error"]
        assert job["attempt"] == 1
        url = f"{front.url}/v1/jobs/{job_id}/result"
        assert httpx.get(url).status_code == 307
        fetched = httpx.get(url, follow_redirects=True).content
        assert fetched == httpx.get(f"{url}?proxy=1").content
        assert len(fetched) == job["result"]["bytes"]
    directories = [front.data_dir / host for host in "abc"]
    assert [each for each in directories if each.exists()] == []
