"""The promises to a user, through HTTP, Valkey, Celery and the real network."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import onnxruntime
import psutil
import pytest
from PIL import Image

from app.contract.records.wire import checkpoint_key
from tests.e2e.service import LEASE_S, Service

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]

#: Long enough to be caught in the middle of it on any machine.
LONG = {"size": 256, "steps": 2000, "preset": "draft"}
SHORT = {"size": 64, "steps": 6, "preset": "draft", "seed": 5}


def test_picture_comes_back_over_http(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    job_id = service.submit(*pictures, **SHORT)
    job = service.wait_for(job_id, "succeeded", "failed")
    assert job["status"] == "succeeded", job["error"]
    assert job["attempt"] == 1
    assert job["params"]["steps"] == 6
    assert job["progress"]["fraction"] == 1.0
    assert job["reproducibility"]["deterministic"] is True
    assert len(job["reproducibility"]["weights_sha256"]) == 64

    content = service.result(job_id)
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.size) == ("PNG", (64, 48))
    assert len(content) == job["result"]["bytes"]


def test_a_fast_picture_is_there_at_once_beside_a_long_one(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    long = service.submit(*pictures, **LONG)
    service.wait_for(long, "processing")
    content, style = pictures
    answer = httpx.post(
        f"{service.url}/v1/jobs",
        data={"engine": "fast", "size": 64},
        files={"content": content.read_bytes(), "style": style.read_bytes()},
        headers={"Prefer": "wait=30", "Accept": "image/png"},
        timeout=60,
    )
    assert service.job(long)["status"] == "processing"
    httpx.post(f"{service.url}/v1/jobs/{long}/cancel")
    assert answer.status_code == 200, answer.text
    assert Image.open(io.BytesIO(answer.content)).size == (64, 48)
    newest = httpx.get(f"{service.url}/v1/jobs?limit=1").json()["data"][0]
    assert newest["params"]["preset"] == "instant"
    assert newest["progress"]["loss"] is None
    assert newest["reproducibility"]["weights_sha256"].startswith("arbitrary:")
    losses = httpx.get(f"{service.url}/v1/jobs/{newest['id']}/losses").json()
    assert losses["data"] == []


def test_a_style_of_the_network_paints_by_its_pack_and_leaves_as_onnx(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    end_s, path = time.monotonic() + 60, f"{service.url}/v1/styles/network_20"
    while (found := httpx.get(path)).status_code == 404:
        assert time.monotonic() < end_s, "a first start brings them"
        time.sleep(0.2)
    style = found.json()
    answer = httpx.post(
        f"{service.url}/v1/jobs",
        data={"engine": "fast", "size": 64, "style_id": style["id"]},
        files={"content": pictures[0].read_bytes()},
        headers={"Prefer": "wait=30", "Accept": "image/png"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    painted = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"))
    newest = httpx.get(f"{service.url}/v1/jobs?limit=1").json()["data"][0]
    told = newest["reproducibility"]["weights_sha256"]
    assert told == f"pack:{style['pack']['sha256']}"

    as_onnx = {"Accept": "application/onnx"}
    network = httpx.get(style["pack"]["url"], headers=as_onnx).content
    job = f"{service.url}/v1/jobs/{newest['id']}"
    photograph = httpx.get(f"{job}/inputs/content").content
    small = Image.open(io.BytesIO(photograph)).resize((64, 48), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32).transpose(2, 0, 1)[None] / 255
    session = onnxruntime.InferenceSession(network)
    (stylized,) = session.run(None, {"image": pixels})
    elsewhere = 255 * stylized[0].transpose(1, 2, 0)
    # Another resizing of the photograph; the style is the same.
    assert np.abs(elsewhere - painted).mean() < 16


def test_posting_the_same_parameters_gives_the_same_bytes(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    results = []
    for _ in range(2):
        job_id = service.submit(*pictures, **SHORT)
        service.wait_for(job_id, "succeeded")
        results.append(service.result(job_id))
    assert results[0] == results[1]


def test_running_job_is_canceled_within_a_second(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    job_id = service.submit(*pictures, **LONG)
    service.wait_for(job_id, "processing")
    began_s = time.monotonic()
    answer = httpx.post(f"{service.url}/v1/jobs/{job_id}/cancel")
    assert answer.status_code == 202
    job = service.wait_for(job_id, "canceled", "succeeded", "failed")
    assert job["status"] == "canceled"
    assert time.monotonic() - began_s < 1.5, "1 s, and half a second for a busy machine"
    early = httpx.get(f"{service.url}/v1/jobs/{job_id}/result")
    assert (early.status_code, early.json()["code"]) == (409, "job_canceled")


def test_waiting_job_is_canceled_at_once_and_never_runs(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    running = service.submit(*pictures, **LONG)
    service.wait_for(running, "processing")
    waiting = service.submit(*pictures, **SHORT)
    assert service.job(waiting)["queue"]["position"] == 0
    answer = httpx.post(f"{service.url}/v1/jobs/{waiting}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    httpx.post(f"{service.url}/v1/jobs/{running}/cancel")
    service.wait_for(running, "canceled")
    assert service.job(waiting)["attempt"] == 0


def test_worker_that_paints_stands_back_from_the_api(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    job_id = service.submit(*pictures, size=64, steps=1)
    service.wait_for(job_id, "succeeded")
    ours = os.nice(0)
    # Its child computes; Valkey, the API and the worker's parent only pass things on.
    levels = sorted(process.nice() - ours for process in service.processes())
    assert levels[-1] == min(10, 19 - ours)
    assert levels[:-1] == [0] * (len(levels) - 1)


def test_client_command_saves_the_picture(
    service: Service, pictures: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "pastiche.png"
    done = subprocess.run(
        [
            *[sys.executable, "-m", "app.cli", "submit", *map(str, pictures)],
            *["--out", str(out), "--url", service.url],
            *["--size", "64", "--steps", "4", "--preset", "draft"],
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out)
    with Image.open(out) as picture:
        assert picture.size == (64, 48)
    assert "succeeded" in done.stderr


def test_client_command_says_in_words_what_is_wrong(
    service: Service, pictures: tuple[Path, Path], tmp_path: Path
) -> None:
    text = tmp_path / "not a picture.jpg"
    text.write_text("hello")
    done = subprocess.run(
        [
            *[sys.executable, "-m", "app.cli", "submit", str(text), str(pictures[1])],
            *["--url", service.url, "--out", str(tmp_path / "out.png")],
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "is no picture: it is a text file" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.png").exists()


@pytest.fixture(scope="module")
def own_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return one whose every process may be killed."""
    often = {"IMPASTO_CHECKPOINT_INTERVAL_S": "0.1"}
    running = Service(tmp_path_factory.mktemp("own"), often)
    try:
        running.start()
        yield running
    finally:
        running.stop(signal.SIGINT)


def test_killed_worker_and_killed_child_do_not_lose_a_job(
    own_service: Service, pictures: tuple[Path, Path]
) -> None:
    service, resumed = own_service, []
    job_id = service.submit(*pictures, size=128, steps=40, preset="draft", seed=1)
    for attempt, victim in ((1, "spawn_main("), (2, "-m worker")):
        wait_for_checkpoint(service, job_id, attempt)
        service.find(victim).kill()
        service.wait_for(job_id, "queued", "starting", timeout_s=LEASE_S + 30)
        job = service.wait_for(job_id, "processing", "succeeded", "failed")
        resumed.append(job["resumed_from_step"] or 0)
    job = service.wait_for(job_id, "succeeded", "failed", timeout_s=120)
    assert job["status"] == "succeeded", job["error"]
    assert job["attempt"] == 3
    assert 0 < resumed[0] < resumed[1], "each goes on where the last was lost"

    again = service.submit(*pictures, size=128, steps=40, preset="draft", seed=1)
    service.wait_for(again, "succeeded")
    assert service.result(job_id) == service.result(again)


def wait_for_checkpoint(service: Service, job_id: str, attempt: int) -> None:
    """Wait until it is stored, and then a little until it is noted."""
    file = service.data_dir / "blobs" / checkpoint_key(job_id, attempt)
    end_s = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < end_s, service.log()
        time.sleep(0.02)
    time.sleep(0.3)


def test_killed_valkey_and_killed_api_come_back_with_their_jobs(
    own_service: Service, pictures: tuple[Path, Path]
) -> None:
    service = own_service
    job_id = service.submit(*pictures, size=128, steps=40, preset="draft")
    service.wait_for(job_id, "processing")
    time.sleep(1.2)  # everysec: what is older than a second is on disk
    service.find("valkey.sock").kill()
    service.find("app.cli api").kill()
    job = service.wait_for(job_id, "succeeded", "failed", timeout_s=120)
    assert job["status"] == "succeeded", job["error"]


def test_ctrl_c_and_kill_leave_nothing_and_the_next_start_finds_the_jobs(
    tmp_path: Path, pictures: tuple[Path, Path]
) -> None:
    service = Service(tmp_path / "data")
    try:
        service.start()
        done = service.submit(*pictures, **SHORT)
        service.wait_for(done, "succeeded")
        picture = service.result(done)
        running = service.submit(*pictures, size=128, steps=30, preset="draft")
        waiting = service.submit(*pictures, **SHORT)
        service.wait_for(running, "processing")
        before = service.processes()
        assert len(before) >= 6, "launcher, Valkey, worker, its child, API, webhooks"

        began_s = time.monotonic()
        service.stop(signal.SIGINT)
        assert time.monotonic() - began_s < 15
        assert [p for p in before if is_alive(p)] == []

        service.start()
        assert service.result(done) == picture
        for job_id in (running, waiting):
            job = service.wait_for(job_id, "succeeded", "failed", timeout_s=120)
            assert job["status"] == "succeeded", job["error"]
            assert job["attempt"] == 1, "a job handed back keeps its attempts"
        assert service.job(running)["resumed_from_step"] > 0, "it goes on"

        before = service.processes()
        service.stop(signal.SIGKILL)
        until_all_are_gone(before)
    finally:
        service.stop()


def until_all_are_gone(processes: list[psutil.Process]) -> None:
    end_s = time.monotonic() + 20
    while any(is_alive(p) for p in processes) and time.monotonic() < end_s:
        time.sleep(0.1)
    assert [p for p in processes if is_alive(p)] == []


def test_second_launcher_on_the_same_data_is_refused(
    service: Service, tmp_path: Path
) -> None:
    for data, port, words in (
        (service.data_dir, 1, "already runs on"),
        (tmp_path, service.port, "cannot listen on"),
    ):
        done = subprocess.run(
            [
                *[sys.executable, "-m", "app.cli", "serve"],
                *[f"--data={data}", f"--port={port}"],
            ],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={**os.environ, "COLUMNS": "200"},
        )
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_worker_that_cannot_load_its_network_ends_and_says_why(
    valkey_url: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "worker"],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env={
            **os.environ,
            "IMPASTO_REDIS_URL": valkey_url,
            "IMPASTO_DATA_DIR": str(tmp_path),
            "IMPASTO_DEVICE": "cuda:7",
        },
    )
    assert done.returncode != 0
    assert "the runners cannot be loaded" in done.stderr
    assert "cuda:7" in done.stderr


def test_killed_demonstration_stops_its_service(
    pictures: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "demo.png"
    demo = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "demo", *map(str, pictures), f"-o{out}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    log = tmp_path / "demo-service.log"
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s and "ready:" not in (
        log.read_text() if log.exists() else ""
    ):
        time.sleep(0.1)
    family = [psutil.Process(demo.pid), *psutil.Process(demo.pid).children(True)]
    assert len(family) >= 7, "demo, launcher, Valkey, worker, child, API, webhooks"
    demo.terminate()
    demo.wait(30)
    assert [p for p in family if is_alive(p)] == []
    assert not out.exists()
