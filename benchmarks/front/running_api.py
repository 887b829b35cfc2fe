"""Valkey, the real front over it, and a bare route beside it, as processes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.contract.kind import Lane
from app.contract.kinds.image.kind import IMAGE
from app.contract.ports import Claim
from app.contract.workers import WorkerOffer
from app.demo import free_port
from app.launcher import valkey
from app.stores.connections import connect
from app.stores.ledger import RedisLedger
from app.stores.ledger.rules import LedgerRules

#: Of a worker that can do all that is measured.
OFFER = WorkerOffer(
    kinds=(IMAGE.name,), lanes=tuple(Lane), networks=("vgg19",), device="cpu"
)


@dataclass(frozen=True)
class RunningApi:
    """What is measured: the front's port and process, and the ledger behind it."""

    port: int
    process: subprocess.Popen[bytes]
    ledger: RedisLedger
    redis_url: str
    data_dir: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def submit(self, content: bytes, style: bytes) -> str:
        """Return the id of a new job."""
        answer = httpx.post(
            f"{self.url}/v1/jobs",
            files={"content": content, "style": style},
            timeout=60,
        )
        answer.raise_for_status()
        return str(answer.json()["id"])

    def claim(self, job_id: str) -> Claim:
        """Take the job as a worker would."""
        claim = self.ledger.claim(job_id, "benchmark", OFFER)
        if claim is None or claim.job_id != job_id:
            raise RuntimeError(f"{job_id} could not be claimed: {claim}")
        return claim


@contextmanager
def running_api() -> Iterator[RunningApi]:
    """Start Valkey and the front in a directory of their own; end both afterwards."""
    with ExitStack() as stack:
        data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        socket = valkey.socket_path(data_dir)
        command = valkey.command(valkey.find_binary(), socket, data_dir)
        stack.enter_context(running(command))
        valkey.wait_until_ready(socket)
        redis_url, port = f"unix://{socket}", free_port()
        environment = {
            "IMPASTO_REDIS_URL": redis_url,
            "IMPASTO_DATA_DIR": str(data_dir),
            "IMPASTO_PORT": str(port),
        }
        program = "from app.server import run_api; run_api()"
        process = stack.enter_context(
            running([sys.executable, "-c", program], environment)
        )
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        ledger = RedisLedger(connect(redis_url), LedgerRules())
        yield RunningApi(port, process, ledger, redis_url, data_dir)


@contextmanager
def bare_route(json_text: str) -> Iterator[tuple[int, int]]:
    """Yield the port and the process of a route that returns this JSON, no more."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(json_text)
        file.flush()
        port = free_port()
        words = ["-m", "benchmarks.front.bare", str(port), file.name]
        with running([sys.executable, *words]) as process:
            wait_for(f"http://127.0.0.1:{port}/v1/jobs/x", process)
            yield port, process.pid


@contextmanager
def running(
    command: list[str], environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the running process; it is ended afterwards."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers."""
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}: {url}")
        try:
            httpx.get(url, timeout=2)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)
