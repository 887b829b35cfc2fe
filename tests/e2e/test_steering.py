"""A job that is changed and paused while it is painted, in the real service."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.service import Service

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]

STEPS = {"size": 64, "steps": 48, "preset": "draft", "seed": 5}
SHORT = {"size": 64, "steps": 2, "preset": "draft", "seed": 6}


def first_control(service: Service, job_id: str, found: list[Any]) -> None:
    """Listen until a change is told to hold."""
    url = f"{service.url}/v1/jobs/{job_id}/events"
    with httpx.stream("GET", url, timeout=60) as stream:
        is_next = False
        for line in stream.iter_lines():
            if is_next and line.startswith("data:"):
                found.append(json.loads(line.removeprefix("data:")))
                return
            is_next = line == "event: control" or (is_next and bool(line))


def post(service: Service, job_id: str, verb: str) -> httpx.Response:
    return httpx.post(f"{service.url}/v1/jobs/{job_id}/{verb}", timeout=10)


def paused(service: Service, job_id: str) -> Any:
    assert post(service, job_id, "pause").status_code == 202
    end_s = time.monotonic() + 10
    while (job := service.job(job_id))["paused_at"] is None:
        assert time.monotonic() < end_s
        time.sleep(0.02)
    return job


def test_a_job_is_steered_and_paused_and_its_parameters_paint_it_again(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    job_id = service.submit(*pictures, **STEPS)
    service.wait_for(job_id, "processing")
    told: list[Any] = []
    listener = threading.Thread(target=first_control, args=(service, job_id, told))
    listener.start()
    time.sleep(0.3)
    answer = httpx.patch(
        f"{service.url}/v1/jobs/{job_id}/controls",
        json={"style_strength": 0.8},
        timeout=10,
    )
    assert (answer.status_code, answer.json()) == (202, {"revision": 1})
    listener.join(30)
    (control,) = told
    assert (control["revision"], control["changes"]) == (1, {"style_strength": 0.8})

    job = paused(service, job_id)
    assert (job["status"], job["queue"]["position"]) == ("queued", None)
    other = service.submit(*pictures, **SHORT)
    service.wait_for(other, "succeeded")
    assert service.job(job_id)["paused_at"] == job["paused_at"]
    assert post(service, job_id, "resume").status_code == 202
    ended = service.wait_for(job_id, "succeeded", "failed")
    assert ended["status"] == "succeeded", ended["error"]
    assert (ended["attempt"], ended["controls"]["applied_revision"]) == (1, 1)
    (change,) = ended["params"]["changes"]
    assert change == {"at_step": control["step"], "style_strength": 0.8}
    assert ended["resumed_from_step"] > change["at_step"]

    again = service.submit(*pictures, **STEPS, changes=json.dumps([change]))
    service.wait_for(again, "succeeded")
    assert service.result(again) == service.result(job_id)


def branch(
    service: Service, job_id: str, at: int | str = "newest", **params: Any
) -> Any:
    url = f"{service.url}/v1/jobs/{job_id}/branch"
    answer = httpx.post(url, json={"params": params, "at": at}, timeout=10)
    assert answer.status_code == 202, answer.text
    return answer.json()


def test_branches_of_a_paused_and_of_a_finished_job_can_be_painted_again(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    job_id = service.submit(*pictures, **STEPS)
    service.wait_for(job_id, "processing")
    time.sleep(0.3)
    job = paused(service, job_id)
    other = branch(service, job_id, style_strength=0.9)
    assert service.wait_for(other["id"], "succeeded")["resumed_from_step"]
    assert service.job(job_id)["paused_at"] == job["paused_at"], "it stays as it is"
    post(service, job_id, "resume")
    service.wait_for(job_id, "succeeded")
    assert service.result(other["id"]) != service.result(job_id)

    # From a state that was kept on its way: the same once more.
    step = service.job(job_id)["states"][1]["step"]
    assert 0 < step < 48
    same = branch(service, job_id, at=step)
    assert service.wait_for(same["id"], "succeeded")["resumed_from_step"] == step
    assert service.result(same["id"]) == service.result(job_id)

    more = branch(service, other["id"], steps=8, content_strength=0.8)
    assert (more["branch_of"], more["branched_at_step"]) == (other["id"], 48)
    done = service.wait_for(more["id"], "succeeded")
    assert done["progress"]["step"] == done["progress"]["total_steps"] == 56
    changes = done["params"]["changes"]
    assert [change["at_step"] for change in changes] == [job["state"]["step"], 48]
    again = service.submit(*pictures, **STEPS, changes=json.dumps(changes))
    service.wait_for(again, "succeeded")
    assert service.result(again) == service.result(more["id"])


def test_a_paused_job_that_is_finished_is_not_painted_one_step_more(
    service: Service, pictures: tuple[Path, Path]
) -> None:
    job_id = service.submit(*pictures, **STEPS)
    service.wait_for(job_id, "processing")
    time.sleep(0.3)
    step = paused(service, job_id)["state"]["step"]
    assert post(service, job_id, "finish").status_code == 202
    ended = service.wait_for(job_id, "succeeded")
    assert (ended["progress"]["step"], ended["result"]["stopped_early"]) == (step, True)
