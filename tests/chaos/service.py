"""The real service as processes on this machine, with short times: what faults hit.

Valkey on a unix socket, the API, the webhooks' process and workers, as the launcher
starts them; but each can be killed, stopped and started again alone. Everything listens
on 127.0.0.1 or in the run's own directory.
"""

import contextlib
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import redis

from app.demo import free_port
from app.launcher import valkey
from app.settings import ApiSettings
from app.stores.blobs import DirectoryBlobStore
from app.stores.connections import connect
from app.stores.ledger import LedgerRules, RedisLedger
from tests.chaos.disk import SmallDisk, mount_small_disk
from tests.chaos.processes import Process

#: Far above the pauses of a busy CPU, short enough to be waited for.
LEASE_S = 3.0
#: The default: the promise is "within the lease and a second".
TIDY_INTERVAL_S = 1.0
GRACE_S = 1.0
#: Whether this tree searches for what crashes leave, and rebuilds a lost ledger.
REBUILDS_THE_LEDGER = "garbage_interval_s" in ApiSettings.model_fields
#: What uploads must leave free for results.
_RESERVE_BYTES = 2**20
SMALL_WORKER = "tests.chaos.small_worker"
_PYTHON = (sys.executable, "-P", "-m")


@dataclass
class Service:
    """One data directory and the processes that run on it."""

    directory: Path
    worker_module: str = SMALL_WORKER
    workers: int = 2
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.data_dir = self.directory / "data"
        blobs_dir = self.data_dir / "blobs"
        blobs_dir.mkdir(parents=True)
        self.disk: SmallDisk | None = mount_small_disk(
            blobs_dir, reserve_bytes=_RESERVE_BYTES
        )
        self.blobs_dir = self.disk.seen_from_here if self.disk else blobs_dir
        self.socket = valkey.socket_path(self.data_dir)
        self.redis = connect(f"unix://{self.socket}")
        self.valkey = self._process(
            "valkey", valkey.command(valkey.find_binary(), self.socket, self.data_dir)
        )
        self.api = self._process("api", [*_PYTHON, "app.cli", "api"])
        self.webhooks = self._process("webhooks", [*_PYTHON, "app.webhook_process"])
        self.painters = [
            self._process(f"worker-{number}", [*_PYTHON, self.worker_module])
            for number in range(1, self.workers + 1)
        ]

    @property
    def processes(self) -> list[Process]:
        return [self.valkey, self.api, self.webhooks, *self.painters]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ledger(self) -> RedisLedger:
        """The same ledger as the service's, with an operator's impatience."""
        return RedisLedger(self.redis, LedgerRules(blob_grace_s=0.0))

    def open_blobs(self) -> DirectoryBlobStore:
        """The service's blobs, as an operator reaches them."""
        return DirectoryBlobStore(self.blobs_dir, min_free_bytes=0)

    def start(self) -> None:
        """Start everything; return when a job sent now would be painted."""
        self.start_valkey()
        for process in self.processes:
            process.start()
        self.wait_until_ready()

    def start_valkey(self) -> None:
        self.valkey.start()
        valkey.wait_until_ready(self.socket, lambda: self.valkey.is_running)

    def wait_until_ready(self, timeout_s: float = 120.0) -> None:
        """Return when all workers are announced and `/readyz` says yes."""
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            with contextlib.suppress(httpx.TransportError, redis.RedisError):
                ready = httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
                if ready and self._all_workers_are_there():
                    return
            time.sleep(0.1)
        raise AssertionError(f"not ready in {timeout_s} s\n{self.log_tail()}")

    def _all_workers_are_there(self) -> bool:
        names = [str(name) for name in self.redis.zrange("impasto:workers", 0, -1)]
        children = [painter.child() for painter in self.painters]
        return all(
            child is not None and any(f":{child.pid}:" in name for name in names)
            for child in children
        )

    def painter_of(self, worker: str) -> Process | None:
        """The process whose child has this worker's name."""
        pid = worker.rsplit(":", 2)[1] if worker.count(":") > 1 else ""
        for painter in self.painters:
            child = painter.child()
            if child is not None and str(child.pid) == pid:
                return painter
        return None

    def worker_of(self, job_id: str) -> str | None:
        """The name of the worker that has the job."""
        name: str | None = self.redis.hget(f"impasto:job:{job_id}", "worker")
        return name

    def fill_disk(self) -> None:
        """Leave less than uploads must, but room for a result.

        Where no small disk may be mounted, the API is told that it must leave more than
        there is.
        """
        if self.disk is not None:
            self.disk.fill(self.disk.reserve_bytes // 2)
            return
        self._restart_api({"IMPASTO_MIN_FREE_BYTES": str(2**62)})

    def make_room_on_disk(self) -> None:
        if self.disk is not None:
            self.disk.make_room()
            return
        self._restart_api({"IMPASTO_MIN_FREE_BYTES": str(_RESERVE_BYTES)})

    def _restart_api(self, environment: dict[str, str]) -> None:
        self.api.end(timeout_s=15)
        self.api.environment |= environment
        self.api.start()
        end_s = time.monotonic() + 30
        while time.monotonic() < end_s:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{self.url}/healthz", timeout=5)
                return
            time.sleep(0.1)

    def stop(self) -> None:
        """End everything, politely where that works: workers before Valkey."""
        for process in reversed(self.processes):
            process.end(timeout_s=15)
        self.redis.close()
        if self.disk is not None:
            self.disk.close()

    def left_behind(self, patience_s: float = 10.0) -> list[str]:
        return [
            line
            for process in self.processes
            for line in process.left_behind(patience_s)
        ]

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of every process, for who must find out why."""
        tails = []
        for process in self.processes:
            if process.log.exists():
                text = process.log.read_text(errors="replace").splitlines()[-lines:]
                tails.append(f"--- {process.name}\n" + "\n".join(text))
        return "\n".join(tails)

    def _process(self, name: str, command: list[str]) -> Process:
        if self.disk is not None:
            command = self.disk.within(command)
        return Process(
            name=name,
            command=command,
            environment={
                "IMPASTO_MIN_FREE_BYTES": str(_RESERVE_BYTES),
                "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
                "GOMP_SPINCOUNT": "2000",
                "IMPASTO_REDIS_URL": f"unix://{self.socket}",
                "IMPASTO_DATA_DIR": str(self.data_dir),
                "IMPASTO_PORT": str(self.port),
                "IMPASTO_LEASE_S": str(LEASE_S),
                "IMPASTO_TIDY_INTERVAL_S": str(TIDY_INTERVAL_S),
                # What is spared so long is needed by then: jobs take seconds.
                "IMPASTO_GARBAGE_INTERVAL_S": "5",
                "IMPASTO_GARBAGE_GRACE_S": "20",
                "IMPASTO_GRACE_S": str(GRACE_S),
                "IMPASTO_THREADS": "1",
                "IMPASTO_NICENESS": "0",
                "IMPASTO_PREVIEW_INTERVAL_S": "0.3",
                "IMPASTO_CHECKPOINT_INTERVAL_S": "0.3",
                "IMPASTO_SLICE_S": "1",
                "IMPASTO_QUEUE_LIMIT": "500",
                "IMPASTO_ALLOW_PRIVATE_URLS": "true",
                "IMPASTO_SHUTDOWN_GRACE_S": "2",
                **self.environment,
            },
            log=self.directory / f"{name}.log",
        )
