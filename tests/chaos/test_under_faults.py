"""One fault at a time: the service tells the truth about itself, and gets over it."""

import io
import random
import re
import signal
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from PIL import Image

from app.stores.ledger import LedgerRules
from tests.chaos.service import LEASE_S, TIDY_INTERVAL_S, Service
from tests.chaos.steering import FINAL
from tests.chaos.submissions import Variant, draw_variants

pytestmark = pytest.mark.e2e

#: Of a machine that does other things as well.
TOLERANCE_S = 1.5
_DRAWN = random.Random(0)  # noqa: S311 - pictures, no secret
LONG, SHORT = (draw_variants(_DRAWN, 1, steps)[0] for steps in ((400, 400), (5, 5)))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("chaos"))
    try:
        service.start()
        yield service
    finally:
        service.stop()
    assert service.left_behind() == []


@pytest.fixture
def service(running: Service) -> Iterator[Service]:
    for process in running.processes:
        process.start()
    running.wait_until_ready()
    yield running
    jobs = httpx.get(f"{running.url}/v1/jobs?limit=100", timeout=10).json()["data"]
    for job in jobs:
        httpx.post(f"{running.url}/v1/jobs/{job['id']}/cancel", timeout=10)


def send(service: Service, variant: Variant, key: str | None = None) -> httpx.Response:
    headers = {"Cache-Control": "no-cache"}
    if key is not None:
        headers["Idempotency-Key"] = key
    return httpx.post(
        f"{service.url}/v1/jobs",
        data=variant.fields,
        files={"content": variant.content, "style": variant.style},
        headers=headers,
        timeout=30,
    )


def accepted(service: Service, variant: Variant) -> str:
    answer = send(service, variant)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def job(service: Service, job_id: str) -> dict:
    return httpx.get(f"{service.url}/v1/jobs/{job_id}", timeout=10).json()


def wait_for(
    service: Service, job_id: str, is_so: Callable[[dict], bool], timeout_s: float = 60
) -> dict:
    end_s = time.monotonic() + timeout_s
    while not is_so(found := job(service, job_id)):
        assert time.monotonic() < end_s, f"{found}\n{service.log_tail()}"
        time.sleep(0.02)
    return found


def is_processing(found: dict) -> bool:
    return found["status"] == "processing"


def has_ended(found: dict) -> bool:
    return found["status"] in FINAL


def checks(service: Service) -> dict[str, str]:
    """What `/readyz` says; the process is alive whatever that is."""
    assert httpx.get(f"{service.url}/healthz", timeout=10).status_code == 200
    answer = httpx.get(f"{service.url}/readyz", timeout=20)
    found: dict[str, str] = answer.json()["checks"]
    is_ready = all(each == "ok" for each in found.values())
    assert answer.status_code == (200 if is_ready else 503)
    return found


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_killed_childs_job_runs_again_within_the_lease_and_a_second(
    service: Service,
) -> None:
    job_id = accepted(service, LONG)
    wait_for(service, job_id, is_processing)
    painter = service.painter_of(str(service.worker_of(job_id)))
    assert painter is not None
    child = painter.child()
    assert child is not None
    child.send_signal(signal.SIGKILL)
    killed_s = time.monotonic()
    # The other worker is idle. The bell may reach the one without a child: it is rung
    # again in the next round.
    limit_s = LEASE_S + 3 * TIDY_INTERVAL_S + TOLERANCE_S
    found = wait_for(service, job_id, lambda found: found["attempt"] == 2)
    assert time.monotonic() - killed_s < limit_s
    assert not has_ended(found)


def test_redis_that_does_not_answer_is_not_ready(service: Service) -> None:
    assert set(checks(service).values()) == {"ok"}
    service.valkey.signal_all(signal.SIGSTOP)
    try:
        assert checks(service)["redis"] != "ok"
        assert code_of(send(service, SHORT)) == (503, "broker_unavailable")
    finally:
        service.valkey.wake()
    service.wait_until_ready(10)


def test_redis_without_memory_refuses_new_jobs_and_ends_running_ones(
    service: Service,
) -> None:
    job_id = accepted(service, LONG)
    wait_for(service, job_id, is_processing)
    service.redis.config_set("maxmemory", 1)
    try:
        assert checks(service)["redis"] != "ok"
        assert code_of(send(service, SHORT)) == (503, "broker_unavailable")
        # Who connects anew must be as patient as the others.
        service.redis.client_kill_filter(_type="normal", skipme=True)
        # Longer than a lease: it is renewed nevertheless.
        time.sleep(LEASE_S + TIDY_INTERVAL_S)
        httpx.post(f"{service.url}/v1/jobs/{job_id}/finish", timeout=10)
        found = wait_for(service, job_id, has_ended)
    finally:
        service.redis.config_set("maxmemory", 0)
    assert (found["status"], found["attempt"]) == ("succeeded", 1)
    assert [each.name for each in service.processes if each.has_died] == []
    wait_for(service, accepted(service, SHORT), has_ended)


def test_full_disk_refuses_new_jobs_and_ends_running_ones(service: Service) -> None:
    job_id = accepted(service, LONG)
    wait_for(service, job_id, is_processing)
    service.fill_disk()
    try:
        assert checks(service)["storage"].startswith("the disk is full: ")
        assert code_of(send(service, SHORT)) == (503, "storage_full")
        httpx.post(f"{service.url}/v1/jobs/{job_id}/finish", timeout=10)
        found = wait_for(service, job_id, has_ended)
    finally:
        service.make_room_on_disk()
    assert found["status"] == "succeeded", found["error"]
    content = httpx.get(f"{service.url}/v1/jobs/{job_id}/result", timeout=10).content
    assert Image.open(io.BytesIO(content)).size == (64, 48)
    assert set(checks(service).values()) == {"ok"}


def test_result_that_finds_the_disk_full_waits_for_room(service: Service) -> None:
    if service.disk is None:
        pytest.skip("no file system may be mounted here")
    job_id = accepted(service, LONG)
    wait_for(service, job_id, is_processing)
    service.disk.fill(0)
    try:
        httpx.post(f"{service.url}/v1/jobs/{job_id}/finish", timeout=10)
        waits = re.compile(rf"job_id={job_id} attempt=\d+ waits for the storage")
        end_s = time.monotonic() + 30
        while not any(waits.search(each.log.read_text()) for each in service.painters):
            assert time.monotonic() < end_s, service.log_tail()
            time.sleep(0.1)
        assert is_processing(job(service, job_id))
    finally:
        service.make_room_on_disk()
    found = wait_for(service, job_id, has_ended)
    assert (found["status"], found["attempt"]) == ("succeeded", 1), found["error"]


def test_request_of_a_dead_api_can_be_sent_again_soon(service: Service) -> None:
    headers = {
        "Idempotency-Key": "dead",
        "Content-Type": "multipart/form-data; boundary=b",
    }

    def half_a_body() -> Iterator[bytes]:
        yield b"--b\r\n"
        while not service.redis.keys("impasto:idempotency:*:under-way"):
            time.sleep(0.02)
        service.api.kill()
        yield b"--b--"

    url = f"{service.url}/v1/jobs"
    with pytest.raises(httpx.TransportError):
        httpx.post(url, content=half_a_body(), headers=headers, timeout=30)
    service.api.start()
    service.wait_until_ready()
    end_s = time.monotonic() + 15
    while (answer := send(service, SHORT, key="dead")).status_code != 202:
        assert code_of(answer) == (409, "idempotency_in_progress")
        assert time.monotonic() < end_s, "who sends again waits for long"
        time.sleep(0.2)


def test_without_workers_nothing_is_ready(service: Service) -> None:
    for painter in service.painters:
        assert painter.end(timeout_s=20)
    # Those that end politely are gone at once; one that was killed is missed later.
    end_s = time.monotonic() + LedgerRules().worker_patience_s + TOLERANCE_S
    while (found := checks(service))["workers"] == "ok":
        assert time.monotonic() < end_s, found
        time.sleep(0.2)
    assert found == {"redis": "ok", "storage": "ok", "workers": "none is alive"}
