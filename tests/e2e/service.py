"""The whole service as a user starts it: `impasto serve` with data of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from app.demo import free_port

#: The command, as it was installed.
IMPASTO = Path(sys.executable).with_name("impasto")

#: Short enough for tests to see a lost worker replaced, long enough for a busy CPU.
LEASE_S = 4


@dataclass
class Service:
    """One data directory and the processes that run on it."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    #: Where it is started; None is the current directory.
    directory: Path | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self, timeout_s: float = 120) -> None:
        self.launch()
        self.wait_until_ready(timeout_s)

    def launch(self) -> None:
        """Start it and wait for nothing."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *[IMPASTO, "serve", "--grace=1"],
                    *[f"--port={self.port}", f"--data={self.data_dir}"],
                ],
                env={
                    **os.environ,
                    "IMPASTO_LEASE_S": str(LEASE_S),
                    "IMPASTO_THREADS": "1",
                    **self.environment,
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.directory,
            )

    def wait_until_ready(self, timeout_s: float = 120) -> None:
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready in time\n{self.log()}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(60)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> str:
        return (self.data_dir / "service.log").read_text()

    def processes(self) -> list[psutil.Process]:
        """Everything that descends from the launcher, the launcher included."""
        assert self.process is not None
        launcher = psutil.Process(self.process.pid)
        return [launcher, *launcher.children(recursive=True)]

    def find(self, words: str) -> psutil.Process:
        """The process whose command line contains the words; no light worker's."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                is_light = process.environ().get("IMPASTO_LANES") == "short"
                if words in " ".join(process.cmdline()) and not is_light:
                    return process
        raise AssertionError(f"no process {words!r}")

    def submit(self, content: Path, style: Path, **fields: object) -> str:
        with content.open("rb") as c, style.open("rb") as s:
            response = httpx.post(
                f"{self.url}/v1/jobs",
                data={name: str(value) for name, value in fields.items()},
                files={"content": c, "style": s},
                # Each job shall be painted, also one that equals an earlier one.
                headers={"Cache-Control": "no-cache"},
                timeout=30,
            )
        assert response.status_code == 202, response.text
        job_id: str = response.json()["id"]
        return job_id

    def job(self, job_id: str) -> dict:
        response = httpx.get(f"{self.url}/v1/jobs/{job_id}", timeout=10)
        assert response.status_code == 200, response.text
        return response.json()

    def wait_for(self, job_id: str, *statuses: str, timeout_s: float = 90) -> dict:
        end_s = time.monotonic() + timeout_s
        job: dict = {}
        while time.monotonic() < end_s:
            try:
                job = self.job(job_id)
            except httpx.TransportError:
                pass
            else:
                if job["status"] in statuses:
                    return job
            time.sleep(0.05)
        raise AssertionError(f"still {job.get('status')}\n{self.log()}")

    def result(self, job_id: str) -> bytes:
        response = httpx.get(f"{self.url}/v1/jobs/{job_id}/result", timeout=10)
        assert response.status_code == 200, response.text
        return response.content
