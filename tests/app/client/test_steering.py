"""Changing, pausing and resuming a job through the client."""

import json
from pathlib import Path

import httpx
import pytest

from app.client import ClientError
from tests.app.client.fakes import JOB_ID, Script, client_of, job_answer, problem


def test_a_change_says_which_revision_was_seen() -> None:
    script = Script(httpx.Response(202, json={"revision": 4}))
    with client_of(script) as client:
        asked = client.control(JOB_ID, {"style_strength": 0.8}, seen=3)
    assert asked.revision == 4
    (request,) = script.requests
    assert (request.method, request.headers["If-Match"]) == ("PATCH", '"3"')
    assert request.url.path.endswith(f"/v1/jobs/{JOB_ID}/controls")
    assert json.loads(request.content) == {"style_strength": 0.8}


def test_a_stale_revision_is_told() -> None:
    script = Script(problem(412, "precondition_failed"))
    with client_of(script) as client, pytest.raises(ClientError) as caught:
        client.control(JOB_ID, {"style_strength": 0.8}, seen=3)
    assert caught.value.code == "precondition_failed"


def test_pause_may_be_said_twice() -> None:
    script = Script(httpx.ConnectError("lost"), job_answer(), job_answer())
    with client_of(script) as client:
        assert client.pause(JOB_ID).id == JOB_ID
        assert client.resume(JOB_ID).id == JOB_ID
    paths = [request.url.path.rpartition("/")[2] for request in script.requests]
    assert paths == ["pause", "pause", "resume"]


def test_a_branch_says_what_differs_and_is_made_once() -> None:
    script = Script(httpx.ConnectError("lost"), job_answer())
    with client_of(script) as client:
        client.branch(JOB_ID, {"style_strength": 0.8, "steps": 9}, at=40)
    lost, sent = script.requests
    assert sent.url.path.endswith(f"/v1/jobs/{JOB_ID}/branch")
    assert lost.headers["Idempotency-Key"] == sent.headers["Idempotency-Key"]
    assert json.loads(sent.content) == {
        "params": {"style_strength": 0.8, "steps": 9},
        "at": 40,
    }


def test_a_mask_is_sent_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "sky.png"
    path.write_bytes(b"a PNG")
    script = Script(httpx.Response(202, json={"revision": 4}))
    with client_of(script) as client:
        assert client.replace_mask(JOB_ID, 1, path, seen=3).revision == 4
    (request,) = script.requests
    assert (request.method, request.content) == ("PUT", b"a PNG")
    assert request.url.path.endswith(f"/v1/jobs/{JOB_ID}/inputs/mask/1")
    assert request.headers["Content-Type"] == "image/png"
    assert request.headers["If-Match"] == '"3"'
