"""A clip through the real parts: command line, API, queue, worker, disk."""

import os
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.clips import clip, frames_of, pan, sound_of
from tests.e2e.service import IMPASTO, Service

pytestmark = pytest.mark.e2e

FRAMES = 40
PAINTING = Path(__file__).parents[3] / "examples" / "styles" / "night.jpg"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "harbour.mp4"
    path.write_bytes(clip(pan(FRAMES, 0.5, (192, 128))))
    return path


def submit(service: Service, content: Path) -> str:
    return service.submit(content, PAINTING, kind="video", size=192)


def wait_for_frames(service: Service, job_id: str, frames: int) -> None:
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s:
        job = service.job(job_id)
        assert job["status"] in {"queued", "starting", "processing"}, job
        if job["progress"] is not None and job["progress"]["step"] >= frames:
            return
        time.sleep(0.05)
    raise AssertionError(service.log())


def test_a_clip_goes_through_whatever_happens(
    service: Service, content: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    said = subprocess.run(
        [IMPASTO, "submit", content, PAINTING, "-o", out, "--size=192"],
        env={**os.environ, "IMPASTO_URL": service.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    whole = out.read_bytes()
    assert len(frames_of(whole)) == FRAMES
    assert sound_of(whole) == sound_of(content.read_bytes())

    disturbed = submit(service, content)
    wait_for_frames(service, disturbed, 10)
    worker = service.find("worker")
    for process in (*worker.children(recursive=True), worker):
        process.kill()
    job = service.wait_for(disturbed, "succeeded", "failed", timeout_s=120)
    assert job["status"] == "succeeded", job["error"]
    assert job["attempt"] == 2
    assert job["resumed_from_step"] > 0
    assert service.result(disturbed) == whole


def test_an_early_end_gives_what_there_is(service: Service, content: Path) -> None:
    job_id = submit(service, content)
    wait_for_frames(service, job_id, 5)
    preview = httpx.get(f"{service.url}/v1/jobs/{job_id}/preview")
    assert preview.headers["content-type"] == "image/jpeg"
    httpx.post(f"{service.url}/v1/jobs/{job_id}/finish")
    job = service.wait_for(job_id, "succeeded", "failed")
    assert job["result"]["stopped_early"]
    frames = job["result"]["video"]["frames"]
    assert 5 <= frames < FRAMES
    assert len(frames_of(service.result(job_id))) == frames
    part = httpx.get(job["result"]["url"], headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
