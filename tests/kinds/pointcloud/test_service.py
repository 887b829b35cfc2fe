"""Clouds through the real parts: command line, upload, queue, worker and back."""

import io
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.e2e.service import IMPASTO, Service
from tests.engine.pointcloud.clouds import colored_ply, splat_file
from worker.cloudfile.formats import read_cloud

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]

CLOUD = colored_ply(2000)
SMALL = {"views": 4, "view_size": 128, "steps": 12, "seed": 4}


def style() -> bytes:
    file = io.BytesIO()
    waves = np.sin(np.arange(96)[None] / 3 + np.arange(64)[:, None] / 9)
    levels = np.stack([waves * 90 + 120, waves * -60 + 110, waves * 20 + 60], axis=-1)
    Image.fromarray(levels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def post(service: Service, content: Any = CLOUD, **params: Any) -> httpx.Response:
    """Submit a cloud: its bytes, or the id of its upload."""
    is_upload = isinstance(content, str)
    body = {"kind": "pointcloud"} | ({"content_upload": content} if is_upload else {})
    files = {"style": style()} | ({} if is_upload else {"content": content})
    data = {**body, **{name: str(value) for name, value in params.items()}}
    return httpx.post(
        f"{service.url}/v1/jobs",
        data=data,
        files=files,
        headers={"Cache-Control": "no-cache"},
        timeout=30,
    )


def ended(service: Service, answer: httpx.Response) -> Any:
    assert answer.status_code == 202, answer.text
    return service.wait_for(answer.json()["id"], "succeeded", "failed", timeout_s=150)


def test_an_upload_is_painted_though_its_worker_is_killed(service: Service) -> None:
    url = f"{service.url}/v1/uploads"
    half = len(CLOUD) // 2
    begun = httpx.post(url, content=CLOUD[:half], headers={"Upload-Complete": "?0"})
    where = f"{url}/{begun.json()['id']}"
    headers = {
        "Upload-Offset": str(half),
        "Upload-Complete": "?1",
        "Content-Type": "application/partial-upload",
    }
    httpx.patch(where, content=CLOUD[half:], headers=headers)
    upload = httpx.get(where).json()
    assert upload["pointcloud"]["points"] == 2000
    answer = post(service, upload["id"], **SMALL)
    job_id = answer.json()["id"]
    end_s = time.monotonic() + 90
    while (service.job(job_id)["progress"] or {"step": 0})["step"] < 5:
        assert time.monotonic() < end_s, service.log()
        time.sleep(0.02)
    service.find("spawn_main").kill()
    job = ended(service, answer)
    assert (job["status"], job["attempt"]) == ("succeeded", 2)
    assert job["resumed_from_step"] > 0
    whole = ended(service, post(service, **SMALL))
    assert job["result"]["sha256"] == whole["result"]["sha256"]
    painted = read_cloud(service.result(job_id))
    assert np.array_equal(painted.positions, read_cloud(CLOUD).positions)
    told = job["result"]["pointcloud"]
    assert told["recolored"] > 1800
    names = [each["name"] for each in job["result"]["files"]]
    assert "view-04.png" in names
    view = httpx.get(f"{service.url}/v1/jobs/{job_id}/files/view-01.png")
    assert Image.open(io.BytesIO(view.content)).size == (128, 128)
    preview = httpx.get(f"{service.url}/v1/jobs/{job_id}/preview")
    assert preview.content[:2] == b"\xff\xd8"
    estimate = {"kind": "pointcloud", "points": 2000, "params": SMALL}
    asked = httpx.post(f"{service.url}/v1/estimates", json=estimate).json()
    assert asked["samples"] >= 1


@pytest.mark.parametrize("mode", ["quick", "palette"])
def test_the_modes_of_seconds_give_the_same_file_back(
    service: Service, mode: str
) -> None:
    content = splat_file(500)
    params = {"mode": mode, "views": 4, "view_size": 128}
    job = ended(service, post(service, content, **params))
    assert job["status"] == "succeeded", job["error"]
    assert job["progress"]["loss"] is None
    painted = read_cloud(service.result(job["id"]))
    before = read_cloud(content)
    assert np.array_equal(painted.positions, before.positions)
    assert np.abs(painted.colors - before.colors).mean() > 0.03
    points = httpx.get(f"{service.url}/v1/jobs/{job['id']}/files/points.bin")
    assert points.headers["content-type"] == "model/x-points"
    levels = np.frombuffer(points.content[-1500:], np.uint8).reshape(-1, 3)
    assert np.abs(levels / 255 - painted.colors).max() < 0.01


def test_the_command_line_knows_a_cloud_by_its_name(
    service: Service, tmp_path: Path
) -> None:
    scan, picture, out = (tmp_path / name for name in ("s.ply", "p.png", "o.ply"))
    scan.write_bytes(CLOUD)
    picture.write_bytes(style())
    words = [*("submit", scan, picture, "-o", out), "--mode", "palette", "--seed", "1"]
    done = subprocess.run(
        [IMPASTO, *words],
        env={**os.environ, "IMPASTO_URL": service.url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(out.read_bytes()) == len(CLOUD)


def test_what_the_mode_does_not_read_is_refused(service: Service) -> None:
    problem = post(service, mode="palette", smoothness=0.5)
    assert (problem.status_code, problem.json()["code"]) == (422, "not_applicable")
    problem = post(service, b"hello")
    assert problem.json()["code"] == "unsupported_pointcloud_type"
    offered = httpx.get(f"{service.url}/v1/capabilities").json()["kinds"]
    assert offered["pointcloud"]["workers"] >= 1
    assert json.dumps(offered["pointcloud"]["limits"])
