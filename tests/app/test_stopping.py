"""A server that stops while clients wait leaves nobody hanging, and is not held up."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import uvicorn

from app.jobs.dependencies import JobDependencies
from app.server import Server, uvicorn_options
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness

#: As long as the server would wait for an answer without an end.
GRACE_S = 30
#: Longer than anything takes that works.
PATIENCE_S = 5.0


class Running:
    """An API behind a real server."""

    def __init__(self) -> None:
        self.api = ApiHarness()
        settings = ApiSettings(port=0, shutdown_grace_s=GRACE_S)
        config = uvicorn.Config(self.api.app, **uvicorn_options(settings))
        self.server = Server(config, self.api.service(JobDependencies).closing)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.005)

    def open(self, path: str, header: str) -> socket.socket:
        port = self.server.servers[0].sockets[0].getsockname()[1]
        line = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n".encode())
        return line

    def stop_s(self) -> float:
        """Stop as a signal would; return how long that took."""
        began_s = time.monotonic()
        self.server.should_exit = True
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()
        return time.monotonic() - began_s


@pytest.fixture
def running() -> Iterator[Running]:
    made = Running()
    try:
        yield made
    finally:
        made.server.force_exit = made.server.should_exit = True
        made.thread.join()


def until_closed(line: socket.socket) -> bytes:
    return b"".join(iter(lambda: line.recv(65536), b""))


def test_an_open_stream_ends_properly_and_at_once(running: Running) -> None:
    job_id = running.api.running()
    with closing(running.open(f"/v1/jobs/{job_id}/events", "Accept: */*")) as line:
        assert b"200 OK" in line.recv(65536)
        assert running.stop_s() < PATIENCE_S
        assert until_closed(line).endswith(b"0\r\n\r\n"), "the last chunk"


def test_one_who_waits_is_answered(running: Running) -> None:
    job_id = running.api.running()
    with closing(running.open(f"/v1/jobs/{job_id}", "Prefer: wait=60")) as line:
        followers = running.api.ledger.feed._followers
        while not followers._of_job.get(job_id):
            time.sleep(0.005)
        assert running.stop_s() < PATIENCE_S
        answer = until_closed(line)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"status":"starting"' in answer
