"""A worker whose child cannot start says why, and ends the service in words."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.service import Service

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]

#: Three children are started by then; each loads as far as it comes.
TIMEOUT_S = 60

TORCHES = {
    "missing": "raise ImportError('no torch for this Python')",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "crashing": "import os; os.abort()",
    "leaving": "raise SystemExit(4)",
    "hanging": "import time; time.sleep(1000)",
}
#: What is told of each.
WORDS = {
    "weights": "WeightsError: vgg19-dcbb9e9d.pth has SHA-256",
    "missing": "ImportError: no torch for this Python",
    "killed": "it was killed, as happens when memory runs out",
    "crashing": "it ended by SIGABRT",
    "leaving": "it ended with exit code 4",
    "hanging": "it was not ready after 6 s",
}


def broken_service(data_dir: Path, broken: str) -> Service:
    if broken == "weights":
        weights = data_dir.parent / "some folder" / "vgg19-dcbb9e9d.pth"
        weights.parent.mkdir()
        weights.write_bytes(b"cut off")
        paths = json.dumps({"vgg19_torchvision": str(weights), "vgg19": str(weights)})
        return Service(data_dir, {"IMPASTO_WEIGHTS_PATHS": paths})
    modules = data_dir.parent / "modules"
    modules.mkdir()
    (modules / "torch.py").write_text(TORCHES[broken])
    environment = {"PYTHONPATH": str(modules)}
    if broken == "hanging":
        environment["IMPASTO_START_TIMEOUT_S"] = "6"
    return Service(data_dir, environment)


@pytest.fixture
def service(broken: str, tmp_path: Path) -> Iterator[Service]:
    running = broken_service(tmp_path / "data", broken)
    yield running
    running.stop()


@pytest.mark.parametrize("broken", WORDS)
def test_service_whose_worker_cannot_start_ends_and_says_why(
    service: Service, broken: str
) -> None:
    service.launch()
    told = answers_until_the_end(service)
    assert service.process.returncode == 1
    last = service.log().splitlines()[-1]
    assert "worker cannot start" in last
    assert WORDS[broken] in last
    assert WORDS[broken] in " ".join(told), "readiness said it meanwhile"
    assert "some folder" not in "".join([*told, last])


def answers_until_the_end(service: Service) -> list[str]:
    told, end_s = [], time.monotonic() + TIMEOUT_S
    while service.process.poll() is None:
        assert time.monotonic() < end_s, service.log()
        try:
            answer = httpx.get(f"{service.url}/readyz", timeout=2)
        except httpx.TransportError:
            pass
        else:
            told.append(answer.json()["checks"]["workers"])
        time.sleep(0.1)
    return told
