"""The whole service for the length of one picture, as `make demo` wants it."""

import contextlib
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from app.client import ClientError, ImpastoClient
from app.launcher.supervisor import PYTHON, Child
from app.terminal import ended_by_signals

#: A first start loads torch and converts the weights.
_READY_TIMEOUT_S = 180.0

_HOST = "127.0.0.1"


@contextlib.contextmanager
def service_for_one_picture(log: Path, console: Console) -> Iterator[str]:
    """Run the whole service on a free port and on data of its own; yield its URL.

    Raises:
        ClientError: It did not start, or not in time.
    """
    with (
        tempfile.TemporaryDirectory(prefix="impasto-demo-") as data,
        ended_by_signals(),
    ):
        port = free_port()
        command = [*PYTHON, "app.cli", "serve", "--grace=0"]
        service = Child(
            name="service",
            command=[*command, f"--host={_HOST}", f"--port={port}", f"--data={data}"],
            # Empty: a real service's Redis is none of a demonstration's business.
            environment={"IMPASTO_REDIS_URL": ""},
            log=log,
        )
        try:
            service.start()
            url = f"http://{_HOST}:{port}"
            console.print(f"Starting the service at {url} (its log: {log})")
            _wait_until_ready(url, service, log)
            yield url
        finally:
            _stop(service)


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(url: str, service: Child, log: Path) -> None:
    end_s = time.monotonic() + _READY_TIMEOUT_S
    with ImpastoClient(url) as client:
        while time.monotonic() < end_s:
            if not service.is_running:
                raise ClientError(f"the service did not start:\n{log.read_text()}")
            if _is_ready(client):
                return
            time.sleep(0.2)
    raise ClientError(f"the service was not ready in time; see {log}")


def _is_ready(client: ImpastoClient) -> bool:
    try:
        return client.ready().ready
    except ClientError:
        return False


def _stop(service: Child) -> None:
    """Wait for the end, however often somebody presses Ctrl-C: the data go next."""
    service.send(signal.SIGTERM)
    ended = False
    while not ended:
        try:
            ended = service.wait(60)
        except KeyboardInterrupt:
            service.send(signal.SIGTERM)
