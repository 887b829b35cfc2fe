"""A kind that no room knows, through the real parts: API, worker, queue and disk.

What it does in each case alone is tested beside this file.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app.demo import free_port
from app.launcher import valkey
from app.stores.connections import connect
from tests.kinds.echo.process import TICK_S

pytestmark = pytest.mark.e2e

SOUND, NOTE = b"a sound, of whatever kind", b"a note"
PROCESS = "tests.kinds.echo.process"
SETTINGS = {
    "IMPASTO_LEASE_S": "2",
    "IMPASTO_GRACE_S": "1",
    "IMPASTO_TIDY_INTERVAL_S": "0.2",
    "IMPASTO_CHECKPOINT_INTERVAL_S": "0.2",
    "IMPASTO_PREVIEW_INTERVAL_S": "0.2",
    "IMPASTO_PROGRESS_INTERVAL_S": "0.1",
}


class EchoService:
    """Its processes, and a client of it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = valkey.socket_path(directory)
        self._processes: list[subprocess.Popen[bytes]] = []
        port = free_port()
        self._environment = {
            **os.environ,
            **SETTINGS,
            "IMPASTO_DATA_DIR": str(directory / "data"),
            "IMPASTO_REDIS_URL": f"unix://{self._path}",
            "IMPASTO_PORT": str(port),
        }
        url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=url, timeout=30)
        self.redis: Any = connect(f"unix://{self._path}")

    def start(self) -> None:
        server = valkey.command(valkey.find_binary(), self._path, self._directory)
        self._launch(server)
        valkey.wait_until_ready(self._path)
        self._launch([sys.executable, "-m", PROCESS, "api"])
        self._worker = self.start_worker("worker")
        self.until(self._is_ready)

    def start_worker(self, role: str) -> subprocess.Popen[bytes]:
        return self._launch([sys.executable, "-m", PROCESS, role])

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(20)
        self.client.close()
        self.redis.close()

    def _launch(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._directory / "service.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=self._environment, stdout=log, stderr=log
            )
        self._processes.append(process)
        return process

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    @contextmanager
    def only_a_deaf_worker(self) -> Iterator[None]:
        """Have a worker that cannot echo in the place of the one that can."""
        self._worker.terminate()
        self._worker.wait(20)
        deaf = self.start_worker("deaf")
        try:
            yield
        finally:
            self._worker = self.start_worker("worker")
            deaf.terminate()
            deaf.wait(20)

    def kill_child(self) -> None:
        """Kill what computes, as a lack of memory does."""
        for each in psutil.Process(self._worker.pid).children():
            if "spawn_main(" in " ".join(each.cmdline()):
                each.send_signal(signal.SIGKILL)
                return
        raise AssertionError("no child")

    def until(self, is_so: Callable[[], Any], timeout_s: float = 30) -> Any:
        """Return what is asked for once there is such a thing."""
        end_s = time.monotonic() + timeout_s
        while not (answer := is_so()):
            assert time.monotonic() < end_s, self.log()
            time.sleep(0.05)
        return answer

    def log(self) -> str:
        return (self._directory / "service.log").read_text()[-4000:]

    def submit(self, **fields: Any) -> str:
        """Submit by a form; no result of an equal job may take its place."""
        answer = self.client.post(
            "/v1/jobs",
            files={"content": SOUND, "note": NOTE},
            data={"kind": "echo", **fields},
            headers={"Cache-Control": "no-cache"},
        )
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/jobs/{job_id}")
        # While it is being restored nobody knows of it.
        return answer.json() if answer.status_code == 200 else {"status": "away"}

    def at_step(self, job_id: str, step: int) -> dict[str, Any]:
        def reached() -> Any:
            job = self.job(job_id)
            return job if job.get("progress") and job["progress"]["step"] >= step else 0

        return self.until(reached)

    def ended(self, job_id: str) -> dict[str, Any]:
        def is_final() -> Any:
            job = self.job(job_id)
            return job if job["status"] in ("succeeded", "failed", "canceled") else None

        job = self.until(is_final)
        assert job["status"] == "succeeded", job
        return job

    def levels(self, job: dict[str, Any]) -> list[float]:
        """Return how loud each tick of a finished job was."""
        (levels,) = job["result"]["files"]
        assert levels["name"] == "levels.json"
        return self.client.get(levels["url"]).json()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EchoService]:
    running = EchoService(tmp_path_factory.mktemp("echo"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_one_is_followed_to_its_end_and_fetched(service: EchoService) -> None:
    job_id = service.submit(ticks=20)
    with service.client.stream("GET", f"/v1/jobs/{job_id}/events") as stream:
        lines = list(stream.iter_lines())
    kinds = {line.removeprefix("event: ") for line in lines if "event: " in line}
    assert kinds == {"status", "progress", "preview", "done"}
    job = service.ended(job_id)
    assert (job["progress"]["unit"], job["progress"]["heard"]) == ("ticks", len(SOUND))
    assert job["result"]["echoes"] == 20
    assert service.client.get(job["urls"]["result"]).content == SOUND
    assert service.levels(job) == [1.0] * 20
    assert service.client.get(job["urls"]["preview"]).content[:2] == b"\xff\xd8"
    note = service.client.get(f"/v1/jobs/{job_id}/inputs/note/0")
    assert note.content == NOTE


def test_a_change_and_an_early_end_reach_a_running_one(service: EchoService) -> None:
    body = {
        "kind": "echo",
        "content": {"data": "c291bmQ="},
        "params": {"ticks": 100, "volume": 1.5},
    }
    headers = {"Idempotency-Key": "once", "Cache-Control": "no-cache"}
    first, again = (
        service.client.post("/v1/jobs", json=body, headers=headers) for _ in range(2)
    )
    job_id = first.json()["id"]
    assert again.json()["id"] == job_id
    assert again.headers["Idempotent-Replayed"] == "true"
    service.at_step(job_id, 2)
    path = f"/v1/jobs/{job_id}"
    answer = service.client.patch(f"{path}/controls", json={"volume": 0.5})
    assert (answer.status_code, answer.json()) == (202, {"revision": 1})
    service.until(lambda: service.job(job_id)["progress"]["loss"] == {"level": 0.5})
    assert service.client.post(f"{path}/finish").status_code == 202
    job = service.ended(job_id)
    levels = service.levels(job)
    assert job["result"]["stopped_early"]
    assert 2 < len(levels) < 100
    changed = levels.index(0.5)
    assert set(levels[:changed]) == {1.5}
    assert set(levels[changed:]) == {0.5}


def test_one_is_paused_and_tried_in_two_ways(service: EchoService) -> None:
    job_id = service.submit(ticks=40)
    service.at_step(job_id, 5)
    path = f"/v1/jobs/{job_id}"
    service.client.post(f"{path}/pause")
    rests = service.until(lambda: (job := service.job(job_id))["paused_at"] and job)
    step = rests["state"]["step"]
    body = {"params": {"volume": 0.5, "steps": 14}}
    answer = service.client.post(f"{path}/branch", json=body)
    assert answer.status_code == 202, answer.text
    other = answer.json()
    assert (other["branch_of"], other["branched_at_step"]) == (job_id, step)
    tried = service.ended(other["id"])
    assert service.levels(tried) == [1.0] * step + [0.5] * 14
    assert tried["resumed_from_step"] == step
    service.client.post(f"{path}/finish")
    assert service.levels(service.ended(job_id)) == [1.0] * step, "no tick more"
    more = service.client.post(f"/v1/jobs/{other['id']}/branch", json=body).json()
    assert service.levels(service.ended(more["id"])) == [1.0] * step + [0.5] * 28


def test_one_goes_on_after_its_worker_was_killed(service: EchoService) -> None:
    job_id = service.submit(ticks=60)
    service.at_step(job_id, 20)
    service.kill_child()
    job = service.ended(job_id)
    assert job["attempt"] == 2
    assert job["resumed_from_step"] > 0
    assert job["result"]["echoes"] == 60
    rows = service.client.get(job["urls"]["losses"]).json()["data"]
    assert rows[-1] == {"step": 60, "scale": 1, "level": 1.0}


def test_one_is_rebuilt_after_redis_has_lost_everything(service: EchoService) -> None:
    before = service.submit(ticks=1)
    service.ended(before)
    job_id, waiting = service.submit(ticks=60), service.submit(ticks=1, volume=0.5)
    service.at_step(job_id, 10)
    controls = f"/v1/jobs/{job_id}/controls"
    assert service.client.patch(controls, json={"volume": 0.25}).status_code == 202
    service.redis.flushall()
    job = service.ended(job_id)
    assert job["result"]["echoes"] == 60
    assert service.levels(job)[-1] == 0.25, "a change is not lost either"
    assert service.levels(service.ended(waiting)) == [0.5]
    assert service.client.get(f"/v1/jobs/{before}/result").content == SOUND


def test_what_it_is_made_from_may_come_before_it(service: EchoService) -> None:
    begun = service.client.post(
        "/v1/uploads", content=SOUND[:5], headers={"Upload-Complete": "?0"}
    )
    whole = service.client.patch(
        begun.headers["Location"],
        content=SOUND[5:],
        headers={
            "Content-Type": "application/partial-upload",
            "Upload-Offset": "5",
            "Upload-Complete": "?1",
        },
    ).json()
    assert whole["complete"]
    body = {"kind": "echo", "content": {"upload": whole["id"]}, "params": {"ticks": 1}}
    job = service.ended(service.client.post("/v1/jobs", json=body).json()["id"])
    assert service.client.get(job["urls"]["result"]).content == SOUND


def test_many_are_submitted_and_one_is_taken_again(service: EchoService) -> None:
    parts = [("content", ("a", SOUND)), ("content", ("b", NOTE))]
    form = {"kind": "echo", "ticks": "2", "volume": "0.25"}
    batch = service.client.post("/v1/batches", files=parts, data=form).json()
    jobs = [service.ended(each["id"]) for each in batch["jobs"]]
    urls = [job["urls"]["result"] for job in jobs]
    assert [service.client.get(url).content for url in urls] == [SOUND, NOTE]
    answer = service.client.post(
        f"/v1/jobs/{jobs[1]['id']}/retry", json={"params": {"volume": 0.75}}
    )
    again = service.ended(answer.json()["id"])
    assert again["retry_of"] == jobs[1]["id"]
    assert service.levels(again) == [0.75, 0.75]


def test_what_it_has_made_expires(service: EchoService) -> None:
    job_id = service.submit(ticks=1)
    job = service.ended(job_id)
    service.redis.hset(f"impasto:job:{job_id}", "expires_at", time.time() - 1)
    service.redis.zadd("impasto:ended", {job_id: time.time() - 1})
    service.until(lambda: service.job(job_id)["result"]["expired"])
    for url in (job["urls"]["result"], job["result"]["files"][0]["url"]):
        answer = service.client.get(url)
        assert (answer.status_code, answer.json()["code"]) == (410, "result_expired")


def test_its_workers_and_what_it_takes_are_told(service: EchoService) -> None:
    service.ended(service.submit(ticks=4))
    asked = {"kind": "echo", "seconds": 2, "params": {"ticks": 40}}

    def learnt() -> Any:
        answer = service.client.post("/v1/estimates", json=asked).json()
        return answer["predict_seconds"] and answer

    estimate = service.until(learnt)
    assert estimate["samples"] >= 1
    # The first tick of a job is not timed, and most of those had few.
    assert 40 * TICK_S / 4 < estimate["predict_seconds"]["p50"] < 40 * TICK_S * 4
    kinds = service.client.get("/v1/capabilities").json()["kinds"]
    assert (kinds["image"]["workers"], kinds["echo"]["workers"]) == (0, 1)
    assert kinds["echo"]["formats"]["input"] == ["*/*"]


def test_one_waits_and_says_so_where_no_worker_can_echo(service: EchoService) -> None:
    with service.only_a_deaf_worker():
        job_id = service.submit(ticks=1)
        # As if it had waited for a while.
        service.redis.hset(f"impasto:job:{job_id}", "created_at", time.time() - 90)

        def is_told_everywhere() -> bool:
            """Before the other worker is there, it is a worker that is missing."""
            paths = (f"/v1/jobs/{job_id}", "/v1/queue", "/readyz")
            job, queue, ready = (service.client.get(path).json() for path in paths)
            hints = [job["queue"]["hint"], queue["hint"], ready.get("hint")]
            return all(each and each["missing"] == ["kind"] for each in hints)

        service.until(is_told_everywhere)
        hint = service.job(job_id)["queue"]["hint"]
        assert hint["code"] == "no_worker_for_this_job"
        kinds = service.client.get("/v1/capabilities").json()["kinds"]
        assert kinds["echo"]["workers"] == 0
    service.ended(job_id)
