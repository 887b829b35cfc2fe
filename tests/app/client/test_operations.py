"""Each operation asks for exactly what the contract says, and reads its answer."""

import inspect
import json
from pathlib import Path

import httpx
import pytest

from app import client as c
from tests.app.client.fakes import (
    JOB_ID,
    RESULT,
    URL,
    Script,
    client_of,
    job_answer,
    job_json,
    problem,
)


def parts_of(request: httpx.Request) -> list[tuple[str, bool, bytes]]:
    """Return name, whether it is a file, and content of each part, in order."""
    boundary = request.headers["Content-Type"].partition("boundary=")[2].encode()
    parts = []
    for text in request.content.split(b"--" + boundary)[1:-1]:
        head, _, body = text.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.split(b'name="')[1].split(b'"')[0].decode()
        parts.append((name, b"filename=" in head, body))
    return parts


def test_a_submission_says_everything_in_order(tmp_path: Path) -> None:
    photo = tmp_path / "secret name.jpg"
    photo.write_bytes(b"photo")
    script = Script(job_answer())
    with client_of(script) as client:
        job = client.submit(
            photo,
            [b"first", b"second"],
            style_ids=["starry_night"],
            masks=[None, b"mask"],
            style_masks=[b"half"],
            init=b"start",
            params={"size": 64, "preset": "draft", "early_stop": True, "steps": None},
            webhook={"url": "https://example.org/hook"},
            metadata={"user": "ü"},
            ttl_seconds=3600,
            priority="low",
            cancel_after=89.2,
            wait=5,
            reuse=False,
            idempotency_key="mine",
        )
    assert job.status == "queued"
    (request,) = script.requests
    assert parts_of(request) == [
        ("content", True, b"photo"),
        ("style", True, b"first"),
        ("style", True, b"second"),
        ("style_id", False, b"starry_night"),
        ("mask", False, b""),
        ("mask", True, b"mask"),
        ("style_mask", True, b"half"),
        ("init", True, b"start"),
        ("size", False, b"64"),
        ("preset", False, b"draft"),
        ("early_stop", False, b"true"),
        ("metadata", False, b'{"user": "\\u00fc"}'),
        ("webhook", False, b'{"url": "https://example.org/hook"}'),
        ("ttl_seconds", False, b"3600"),
        ("priority", False, b"low"),
    ]
    assert b"secret name" not in request.content
    headers = request.headers
    assert headers["Idempotency-Key"] == "mine"
    assert headers["Prefer"] == "wait=5"
    assert headers["Cancel-After"] == "90s"
    assert headers["Cache-Control"] == "no-cache"


def test_a_rehearsal_has_no_key_and_says_so() -> None:
    answer = {"object": "validation", "params": job_json()["params"]}
    answer["input"] = job_json()["input"]
    script = Script(httpx.Response(200, json=answer))
    with client_of(script) as client:
        assert client.validate(b"c", [b"s"]).params.seed == 7
    assert script.paths == ["/v1/jobs?validate_only=true"]
    assert "Idempotency-Key" not in script.requests[0].headers


def test_a_list_is_fetched_page_by_page_as_it_is_read() -> None:
    pages = [
        httpx.Response(200, json={"data": [job_json()] * 2, "next_cursor": "a+b="}),
        httpx.Response(200, json={"data": [job_json()] * 2, "next_cursor": "c"}),
    ]
    script = Script(*pages)
    with client_of(script) as client:
        jobs = client.jobs(status=["queued", "failed"], limit=3, order="asc")
        next(jobs)
        assert len(script.requests) == 1, "nobody has asked for the second page"
        assert len(list(jobs)) == 2
    assert script.paths == [
        "/v1/jobs?status=queued&status=failed&order=asc&limit=3",
        "/v1/jobs?status=queued&status=failed&order=asc&limit=1&cursor=a%2Bb%3D",
    ]


def test_a_list_without_a_limit_goes_on_to_the_last_page() -> None:
    script = Script(
        httpx.Response(200, json={"data": [job_json()], "next_cursor": "x"}),
        httpx.Response(200, json={"data": [], "next_cursor": None}),
    )
    with client_of(script) as client:
        assert len(list(client.jobs(status="queued"))) == 1
    assert script.paths[0] == "/v1/jobs?status=queued&limit=100"


def test_a_retry_says_what_is_different_and_has_a_key() -> None:
    script = Script(job_answer(retry_of=JOB_ID), job_answer())
    with client_of(script) as client:
        assert client.retry(JOB_ID, {"steps": 20}).retry_of == JOB_ID
        client.retry(JOB_ID, idempotency_key="k")
    first, second = script.requests
    assert first.url.path == f"/v1/jobs/{JOB_ID}/retry"
    assert json.loads(first.content) == {"params": {"steps": 20}}
    assert len(first.headers["Idempotency-Key"]) == 32
    assert (json.loads(second.content), second.headers["Idempotency-Key"]) == ({}, "k")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.png", "image/png"),
        ("a.JPG", "image/jpeg"),
        ("a.jpeg", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
    ],
)
def test_a_files_name_says_which_kind_is_asked_for(
    tmp_path: Path, name: str, media_type: str
) -> None:
    script = Script(httpx.Response(200, content=b"picture"))
    with client_of(script) as client:
        out = client.save(JOB_ID, tmp_path / name, quality=80)
    assert out.read_bytes() == b"picture"
    assert script.requests[0].headers["Accept"] == media_type
    assert script.paths == [f"/v1/jobs/{JOB_ID}/result?quality=80"]
    assert [each.name for each in tmp_path.iterdir()] == [name], "nothing unfinished"


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    script = Script(httpx.Response(200, content=b"picture"))
    with client_of(script) as client:
        with pytest.raises(c.FileError, match=r"cannot write .*No such file"):
            client.save(JOB_ID, tmp_path / "nowhere" / "a.png")
        with pytest.raises(c.FileError, match="name it"):
            client.save(JOB_ID, tmp_path / "a.bmp")
    assert list(tmp_path.iterdir()) == []


def test_a_preview_comes_with_its_step() -> None:
    script = Script(httpx.Response(200, content=b"jpeg", headers={"X-Step": "40"}))
    with client_of(script) as client:
        assert client.preview(JOB_ID, step=40) == (40, b"jpeg")
    assert script.paths == [f"/v1/jobs/{JOB_ID}/preview?step=40"]


def test_losses_come_as_numbers_or_as_text() -> None:
    columns = ["step", "scale", "total", "content", "style", "tv"]
    point = dict(zip(columns, [1, 1, 6.0, 1.0, 4.0, 1.0], strict=True))
    numbers = {"job_id": JOB_ID, "columns": columns, "data": [[1, 1, 6, 1, 4, 1]]}
    script = Script(
        httpx.Response(200, json=numbers),
        httpx.Response(200, json={"job_id": JOB_ID, "data": [point]}),
        httpx.Response(200, text="step,scale"),
    )
    with client_of(script) as client:
        for _ in range(2):
            assert client.losses(JOB_ID).model_dump()["data"] == [point]
        assert client.losses_as(JOB_ID, c.CSV) == "step,scale"
    accepted = [each.headers["Accept"] for each in script.requests]
    assert accepted == ["application/json", "application/json", "text/csv"]


def test_an_input_is_named_by_its_path() -> None:
    script = Script(httpx.Response(200, content=b"x"))
    with client_of(script) as client:
        client.input_picture(JOB_ID, "style/0")
    assert script.paths == [f"/v1/jobs/{JOB_ID}/inputs/style/0"]


def test_a_batch_sends_every_picture_once() -> None:
    jobs = [{"content": 0, "style": 1, "id": JOB_ID, "status": "queued", "urls": {}}]
    answer = {"id": "bat_1", "object": "batch", "status": "queued", "jobs": jobs}
    script = Script(*[httpx.Response(200, json=answer | {"counts": {}})] * 3)
    with client_of(script) as client:
        batch = client.submit_batch(
            [b"a", b"b"], [b"s"], style_ids=["x"], params={"size": 64}
        )
        client.batch(batch.id)
        client.cancel_batch(batch.id)
    assert batch.jobs[0].style == 1
    assert [name for name, _, _ in parts_of(script.requests[0])] == [
        *["content", "content", "style", "style_id", "size"]
    ]
    assert "Idempotency-Key" in script.requests[0].headers
    assert script.paths == [
        "/v1/batches",
        "/v1/batches/bat_1",
        "/v1/batches/bat_1/cancel",
    ]


def test_the_library_is_listed_filled_and_cleared() -> None:
    style = {"id": "sty_1", "object": "style", "title": "Waves", "builtin": False}
    script = Script(
        httpx.Response(200, json={"data": [style], "next_cursor": "x"}),
        httpx.Response(200, json={"data": [style | {"title": "Rain"}]}),
        httpx.Response(201, json=style),
        httpx.Response(200, json=style),
        httpx.Response(200, content=b"png"),
        httpx.Response(204),
    )
    with client_of(script) as client:
        assert [each.title for each in client.styles()] == ["Waves", "Rain"]
        client.add_style(b"png", title="Waves", license="CC0")
        assert client.style("sty_1").id == "sty_1"
        assert client.style_image("sty_1") == b"png"
        client.delete_style("sty_1")
    assert parts_of(script.requests[2]) == [
        ("image", True, b"png"),
        ("title", False, b"Waves"),
        ("license", False, b"CC0"),
    ]
    assert script.paths[1] == "/v1/styles?limit=100&cursor=x"
    assert script.requests[5].method == "DELETE"


def test_the_service_tells_of_itself() -> None:
    estimate = {
        "object": "estimate",
        "predict_seconds": {"p50": 3, "p90": 5},
        "wait_seconds": {"p50": 0, "p90": 1},
        "memory_bytes": 10,
        "fits": True,
        "largest_size": 4096,
        "samples": 12,
    }
    queue = {"depth": 1, "limit": 100, "running": 1, "workers": 2}
    split = {"train": 65, "held_out": 6}
    dataset = {"name": "builtin", "pictures": 71, "split": split}
    script = Script(
        httpx.Response(200, json={"limits": {"max_styles": 4}}),
        httpx.Response(200, json={"data": [{"name": "draft"}]}),
        httpx.Response(200, json=estimate),
        httpx.Response(200, json=queue),
        httpx.Response(200, json={"data": [{"name": "w"}]}),
        httpx.Response(200, json={"data": [dataset]}),
    )
    with client_of(script) as client:
        assert client.capabilities().model_dump()["limits"] == {"max_styles": 4}
        assert client.presets() == [{"name": "draft"}]
        told = client.estimate(1600, 1200, {"size": 64, "steps": None})
        assert told.predict_seconds is not None
        assert told.predict_seconds.p90 == 5
        assert client.queue().workers == 2
        assert client.workers() == [{"name": "w"}]
        assert client.datasets()[0].split.held_out == 6
    assert json.loads(script.requests[2].content) == {
        "width": 1600,
        "height": 1200,
        "params": {"size": 64},
    }


def test_a_service_that_is_not_ready_says_why_and_is_asked_once() -> None:
    checks = {"redis": "ok", "workers": "none is alive"}
    script = Script(problem(503, "not_ready", ready=False, checks=checks))
    with client_of(script) as client:
        told = client.ready()
    assert (told.ready, told.checks) == (False, checks)
    assert len(script.requests) == 1


def test_another_service_is_not_taken_for_one_that_is_not_ready() -> None:
    with (
        client_of(Script(httpx.Response(503, text="sorry"))) as client,
        pytest.raises(c.UnreachableError),
    ):
        client.ready()


def test_what_a_newer_service_says_is_kept() -> None:
    newer = job_json("failed", mood="blue", cancel_reason="whim")
    newer["params"] |= {"size": 100_000, "network": "vgg23", "glaze": 3}
    newer["error"] = {"code": "bored", "title": "T", "detail": "D", "retryable": False}
    with client_of(Script(httpx.Response(200, json=newer))) as client:
        job = client.job(JOB_ID)
    assert job.params.size == 100_000
    assert (job.params.network, job.error and job.error.code) == ("vgg23", "bored")
    told = job.model_dump(mode="json", by_alias=True, warnings=False)
    assert (told["mood"], told["params"]["glaze"]) == ("blue", 3)
    assert told["cancel_reason"] == "whim"


def test_a_job_of_a_kind_that_is_newer_is_read_as_told() -> None:
    newer = job_json("processing", 3, kind="film", params={"reels": 3})
    newer["progress"] = {"fraction": 0.5, "reel": 2}
    with client_of(Script(httpx.Response(200, json=newer))) as client:
        job = client.job(JOB_ID)
    assert (job.kind, job.params.reels, job.progress.reel) == ("film", 3, 2)
    told = job.model_dump(mode="json", by_alias=True)
    assert (told["params"], told["progress"]) == (newer["params"], newer["progress"])


def test_a_kind_and_files_of_any_slot_are_sent() -> None:
    script = Script(job_answer())
    with client_of(script) as client:
        inputs = {"script": b"words", "cue": [b"one", None]}
        client.submit(b"sound", kind="echo", inputs=inputs, params={"ticks": 3})
    form = script.requests[0].content.decode()
    names = [part.split('"')[0] for part in form.split('form-data; name="')[1:]]
    assert names == ["content", "script", "cue", "cue", "kind", "ticks"]


def test_further_files_are_listed_and_fetched() -> None:
    listed = {"name": "a b.csv", "media_type": "text/csv", "bytes": 2, "url": "u"}
    script = Script(
        httpx.Response(200, json={"data": [listed]}), httpx.Response(200, content=b"1,")
    )
    with client_of(script) as client:
        (file,) = client.files(JOB_ID)
        assert (file.name, file.bytes) == ("a b.csv", 2)
        assert client.file(JOB_ID, file.name) == b"1,"
    assert script.paths == [
        f"/v1/jobs/{JOB_ID}/files",
        f"/v1/jobs/{JOB_ID}/files/a%20b.csv",
    ]


def test_an_ended_job_has_its_result() -> None:
    script = Script(job_answer("succeeded", 9, result=RESULT))
    with client_of(script) as client:
        job = client.job(JOB_ID)
    assert job.is_final
    assert job.result is not None
    assert job.result.url.startswith(URL)


def test_the_key_is_the_arguments_or_the_environments(monkeypatch) -> None:
    monkeypatch.setenv("IMPASTO_API_KEY", "imp_environment")
    script = Script(job_answer(), job_answer())
    with client_of(script) as client:
        client.job(JOB_ID)
    with client_of(script, api_key="imp_argument") as client:
        client.job(JOB_ID)
    sent = [each.headers["Authorization"] for each in script.requests]
    assert sent == ["Bearer imp_environment", "Bearer imp_argument"]


def test_an_id_is_escaped_and_not_followed() -> None:
    script = Script(problem(404, "job_not_found"))
    with client_of(script) as client, pytest.raises(c.JobNotFoundError):
        client.job("../../readyz?x#y")
    assert script.paths == ["/v1/jobs/..%2F..%2Freadyz%3Fx%23y"]


def test_a_service_below_a_path_is_reached_there() -> None:
    script = Script(job_answer())
    transport = httpx.MockTransport(script)
    with c.ImpastoClient(f"{URL}/art/", transport=transport) as client:
        client.job(JOB_ID)
    assert script.paths == [f"/art/v1/jobs/{JOB_ID}"]


def test_help_shows_an_operations_arguments_and_answer() -> None:
    signature = inspect.signature(c.ImpastoClient.preview)
    assert [*signature.parameters] == ["self", "job_id", "step"]
    assert signature.return_annotation is c.PreviewImage
    assert "newest small picture" in (c.ImpastoClient.preview.__doc__ or "")
    bound = inspect.signature(c.ImpastoClient(URL).preview)
    assert [*bound.parameters] == ["job_id", "step"]
