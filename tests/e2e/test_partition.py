"""Workers on hosts of their own: one is cut off from the net, another takes over."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from app.demo import free_port
from app.launcher import valkey
from tests.e2e.hosts import Host, can_make_hosts
from tests.e2e.service import LEASE_S, Service

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.vgg_weights,
    pytest.mark.skipif(
        not can_make_hosts(), reason="no right to make network namespaces"
    ),
]

PASSWORD = "between-hosts"


class Front(Service):
    """The API alone; its workers are elsewhere."""

    def start(self) -> None:
        self.data_dir.mkdir(parents=True)
        with (self.data_dir / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "api"],
                env={
                    **os.environ,
                    **self.environment,
                    "IMPASTO_PORT": str(self.port),
                    "IMPASTO_DATA_DIR": str(self.data_dir),
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


@dataclass(frozen=True)
class Net:
    """An API and a Valkey here, and two hosts."""

    front: Front
    hosts: Sequence[Host]
    redis_port: int

    def start_worker(self, host: Host) -> None:
        """Start a worker on a host, and wait until it has its network."""
        log = self.log_of(host)
        environment = {
            "IMPASTO_REDIS_URL": redis_url(host.our_address, self.redis_port),
            "IMPASTO_DATA_DIR": str(self.front.data_dir),
            "IMPASTO_LEASE_S": str(LEASE_S),
            "IMPASTO_THREADS": "1",
        }
        host.start([sys.executable, "-m", "worker"], environment, log)
        self.wait_for_line(host, "ready in")

    def log_of(self, host: Host) -> Path:
        return self.front.data_dir / f"{host.our_address}.log"

    def wait_for_line(self, host: Host, *any_of: str, timeout_s: float = 60) -> None:
        """Wait until the worker on the host has logged one of the words."""
        end_s = time.monotonic() + timeout_s
        while not any(words in self.log_of(host).read_text() for words in any_of):
            assert time.monotonic() < end_s, self.log_of(host).read_text()
            time.sleep(0.05)


def redis_url(address: str, port: int) -> str:
    return f"redis://:{PASSWORD}@{address}:{port}/0"


@contextmanager
def a_valkey(directory: Path, addresses: Sequence[str], port: int) -> Iterator[None]:
    """Run a Valkey that is reached by TCP, with a password."""
    directory.mkdir()
    socket = valkey.socket_path(directory)
    command = [
        *valkey.command(valkey.find_binary(), socket, directory),
        *["--port", str(port), "--requirepass", PASSWORD],
        *["--bind", *addresses],
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    client = redis.Redis(port=port, password=PASSWORD)
    try:
        end_s = time.monotonic() + 20
        while True:
            try:
                client.ping()
                break
            except redis.ConnectionError:
                assert time.monotonic() < end_s, "Valkey does not answer"
                time.sleep(0.05)
        yield
    finally:
        client.close()
        process.terminate()
        process.wait(10)


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    port = free_port()
    with ExitStack() as stack:
        hosts = [stack.enter_context(Host()) for _ in range(2)]
        addresses = ["127.0.0.1", *(host.our_address for host in hosts)]
        stack.enter_context(a_valkey(tmp_path / "valkey", addresses, port))
        front = Front(
            tmp_path / "data",
            {
                "IMPASTO_REDIS_URL": redis_url("127.0.0.1", port),
                "IMPASTO_LEASE_S": str(LEASE_S),
            },
        )
        front.start()
        stack.callback(front.stop)
        for host in hosts:
            stack.callback(host.stop)
        yield Net(front, hosts, port)


def test_host_cut_off_loses_its_job_to_another_and_comes_back(
    net: Net, pictures: tuple[Path, Path]
) -> None:
    """The one that was cut off paints on; what it then commits is refused."""
    near, far = net.hosts
    net.start_worker(far)
    net.front.wait_until_ready()
    job_id = net.front.submit(*pictures, size=96, steps=60, preset="draft", seed=3)
    net.front.wait_for(job_id, "processing")
    far.cut()
    cut_s = time.monotonic()
    net.start_worker(near)
    net.wait_for_line(near, "claimed")
    # 1 s for the janitor's round, the rest for a busy machine and the worker's start.
    assert time.monotonic() - cut_s < LEASE_S + 1 + 15
    job = net.front.wait_for(job_id, "succeeded", "failed")
    assert (job["status"], job["attempt"]) == ("succeeded", 2)

    far.mend()
    net.wait_for_line(far, "stopped: lease_lost", "fenced off")
    results = (net.front.data_dir / "blobs" / "results").rglob("*")
    assert len([path for path in results if path.is_file()]) == 1
    again = [net.front.submit(*pictures, size=64, steps=20, seed=n) for n in (1, 2)]
    for job_id in again:
        assert (
            net.front.wait_for(job_id, "succeeded", "failed")["status"] == "succeeded"
        )
    assert all("succeeded after" in net.log_of(host).read_text() for host in net.hosts)
