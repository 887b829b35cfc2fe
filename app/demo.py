"""The whole service for the length of one picture, as `make demo` wants it."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from app.client import ClientError, ImpastoClient

#: A first start loads torch and converts the weights.
_READY_TIMEOUT_S = 180.0


@contextlib.contextmanager
def service_for_one_picture(log: Path, console: Console) -> Iterator[str]:
    """Run the whole service on a free port and on data of its own; yield its URL.

    Raises:
        ClientError: It did not start, or not in time.
    """
    with tempfile.TemporaryDirectory(prefix="impasto-demo-") as data:
        port = free_port()
        command = [sys.executable, "-m", "app.cli", "serve"]
        with log.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - our own command line
                [*command, f"--port={port}", f"--data={data}", "--grace=0"],
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            console.print(f"Starting the service at {url} (its log: {log})")
            _wait_until_ready(url, process, log)
            yield url
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end_s = time.monotonic() + _READY_TIMEOUT_S
    with ImpastoClient(url) as client:
        while time.monotonic() < end_s:
            if process.poll() is not None:
                raise ClientError(f"the service did not start:\n{log.read_text()}")
            if client.is_ready():
                return
            time.sleep(0.2)
    raise ClientError(f"the service was not ready in time; see {log}")
