"""Many pictures from one command: sent, watched, saved, canceled."""

import json
from pathlib import Path

import httpx
import pytest

from tests.app.client.fakes import RESULT, job_json, problem
from tests.app.commands.conftest import JPEG_HEAD, Counter


@pytest.fixture(autouse=True)
def files(service: Counter) -> None:
    for name in ("a.jpg", "b.jpg", "s.jpg", "t.jpg"):
        Path(name).write_bytes(JPEG_HEAD + name.encode())
    service.on(
        "POST /v1/batches",
        httpx.Response(202, json=a_batch((0, 0), (0, 1), (1, 0), (1, 1))),
    )
    for number in range(4):
        service.on(f"GET /v1/jobs/job_{number}", job(number, "succeeded"))
        service.on(
            f"GET /v1/jobs/job_{number}/result",
            httpx.Response(200, content=f"picture {number}".encode()),
        )


def a_batch(*places: tuple[int, int]) -> dict:
    jobs = [
        {"content": content, "style": style, "id": f"job_{n}", "status": "queued"}
        for n, (content, style) in enumerate(places)
    ]
    return {"id": "bat_1", "object": "batch", "status": "queued", "jobs": jobs}


def job(number: int, status: str, **members) -> httpx.Response:
    result = RESULT if status == "succeeded" else None
    members = {"id": f"job_{number}", "result": result} | members
    return httpx.Response(200, json=job_json(status, 9, **members))


MANY = ("submit", "a.jpg", "s.jpg", "t.jpg", "-c", "b.jpg", "--out", "folder")


def test_every_photograph_meets_every_painting(run, service: Counter) -> None:
    done = run(*MANY, "--size", "64")
    assert done.exit_code == 0, done.output
    names = ["a-s.png", "a-t.png", "b-s.png", "b-t.png"]
    assert done.stdout.split() == [f"folder/{name}" for name in names]
    contents = [Path(f"folder/{name}").read_text() for name in names]
    assert contents == [f"picture {number}" for number in range(4)]
    assert service.said.count("POST /v1/batches") == 1


def test_what_has_no_batches_is_sent_one_by_one(run, service: Counter) -> None:
    for name in ("a.mp4", "b.mp4"):
        Path(name).write_bytes(b"a clip")
    jobs = [job(number, "queued") for number in range(4)]
    service.on("POST /v1/jobs", *jobs)
    done = run("submit", "a.mp4", "s.jpg", "t.jpg", "-c", "b.mp4", "--no-wait")
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == ["job_0", "job_1", "job_2", "job_3"]
    sent = [each.content for each in service.requests if each.method == "POST"]
    assert [b"s.jpg" in each for each in sent] == [True, False, True, False]
    assert [b"t.jpg" in each for each in sent] == [False, True, False, True]


def test_one_that_fails_does_not_keep_the_others(run, service: Counter) -> None:
    error = {"code": "out_of_memory", "title": "No memory", "detail": "9 GB needed."}
    service.on(
        "GET /v1/jobs/job_1", job(1, "failed", error=error | {"retryable": False})
    )
    service.on("GET /v1/jobs/job_2", job(2, "canceled"))
    done = run(*MANY, "--json")
    assert done.exit_code == 4
    told = json.loads(done.stdout)["data"]
    files = [each["file"] for each in told]
    assert files == ["folder/a-s.png", None, None, "folder/b-t.png"]
    assert "job_1 failed: No memory. 9 GB needed." in done.stderr
    assert "job_2 was canceled" in done.stderr


def test_nobody_waits_if_told_so(run, service: Counter) -> None:
    done = run(*MANY, "--no-wait")
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == ["job_0", "job_1", "job_2", "job_3"]
    assert service.said == ["POST /v1/batches"]


def test_a_ctrl_c_cancels_all_that_have_not_ended(run, service: Counter) -> None:
    def interrupt(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    service.on("GET /v1/jobs/job_1", interrupt)
    for number in range(1, 4):
        service.on(f"POST /v1/jobs/job_{number}/cancel", job(number, "canceled"))
    done = run(*MANY)
    assert done.exit_code == 130
    assert service.said[-3:] == [f"POST /v1/jobs/job_{n}/cancel" for n in (1, 2, 3)]
    assert Path("folder/a-s.png").exists(), "what is done is kept"


def test_a_ctrl_c_cancels_the_one_picture(run, service: Counter) -> None:
    def interrupt(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    service.on("POST /v1/jobs", job(0, "queued"))
    service.on("GET /v1/jobs/job_0", interrupt)
    service.on("POST /v1/jobs/job_0/cancel", job(0, "canceled"))
    assert run("submit", "a.jpg", "s.jpg").exit_code == 130
    assert service.said[-1] == "POST /v1/jobs/job_0/cancel"


def test_a_picture_that_cannot_be_saved_is_told_where_it_is(
    run, service: Counter
) -> None:
    service.on("POST /v1/jobs", job(0, "queued"))
    service.on("GET /v1/jobs/job_0/result", problem(503, "storage_unavailable"))
    done = run("submit", "a.jpg", "s.jpg")
    assert done.exit_code == 1
    assert f"The picture is at {RESULT['url']}\n" in done.stderr


def test_blended_pictures_are_jobs_with_keys_of_their_own(
    run, service: Counter
) -> None:
    answers = [job(number, "queued") for number in range(2)]
    service.on("POST /v1/jobs", *answers)
    done = run(*MANY, "--blend", "--idempotency-key", "k", "--format", "jpeg")
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == ["folder/a-s-t.jpg", "folder/b-s-t.jpg"]
    sent = [each for each in service.requests if each.method == "POST"]
    assert [each.headers["Idempotency-Key"] for each in sent] == ["k", "k-1"]
    fetched = [each for each in service.requests if each.url.path.endswith("/result")]
    assert {each.headers["Accept"] for each in fetched} == {"image/jpeg"}


def test_what_was_accepted_before_a_refusal_is_still_painted(
    run, service: Counter
) -> None:
    service.on("POST /v1/jobs", job(0, "queued"), problem(503, "queue_full"))
    done = run(*MANY, "--blend")
    assert done.exit_code == 1
    assert done.stdout.split() == ["folder/a-s-t.png"]
    assert "1 of 2 jobs were accepted: This went wrong." in done.stderr


def test_a_refusal_of_all_saves_nothing(run, service: Counter) -> None:
    service.on("POST /v1/batches", problem(422, "too_many_batch_jobs"))
    done = run(*MANY, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["code"] == "too_many_batch_jobs"


def test_a_file_that_cannot_be_read_is_told_before_anything_is_sent(
    run, service: Counter
) -> None:
    done = run("submit", "nowhere.jpg", "s.jpg", "-c", "a.jpg")
    assert done.exit_code == 1
    assert "cannot read nowhere.jpg" in done.stderr
    assert service.requests == []


def test_masks_belong_to_one_picture(run, service: Counter) -> None:
    done = run(*MANY, "--mask", "s.jpg")
    assert done.exit_code == 2
    assert service.requests == []


def test_one_picture_into_a_folder_is_named_by_its_pictures(
    run, service: Counter
) -> None:
    service.on("POST /v1/jobs", job(0, "queued"))
    Path("there").mkdir()
    done = run("submit", "a.jpg", "--style-id", "night", "-o", "there", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["file"] == "there/a-night.png"
    assert Path("there/a-night.png").read_text() == "picture 0"


@pytest.mark.parametrize(
    ("status", "code"), [("failed", 4), ("canceled", 5), ("succeeded", 0)]
)
def test_the_exit_code_says_what_became_of_the_job(
    run, service: Counter, status: str, code: int
) -> None:
    error = None
    if status == "failed":
        error = {"code": "worker_lost", "title": "T", "detail": "D", "retryable": True}
    service.on("POST /v1/jobs", job(0, "queued"))
    service.on("GET /v1/jobs/job_0", job(0, status, error=error))
    done = run("submit", "a.jpg", "s.jpg", "--json")
    assert done.exit_code == code
    assert json.loads(done.stdout)["status"] == status


def test_options_about_the_job_are_headers_and_fields(run, service: Counter) -> None:
    service.on("POST /v1/jobs", job(0, "queued"))
    done = run(
        *["submit", "a.jpg", "s.jpg", "--no-wait", "--cancel-after", "5m"],
        *["--metadata", "user=ada", "--ttl", "2h", "--no-reuse"],
        *["--webhook", "https://example.org/hook", "--priority", "low"],
    )
    assert (done.exit_code, done.stdout) == (0, "job_0\n")
    (request,) = service.requests
    assert request.headers["Cancel-After"] == "300s"
    assert request.headers["Cache-Control"] == "no-cache"
    hook = b'{"url": "https://example.org/hook"}'
    for words in (b'{"user": "ada"}', b"7200", hook, b"\r\nlow\r\n"):
        assert words in request.content


def test_a_service_that_is_not_there_has_an_exit_code_of_its_own(
    run, service: Counter
) -> None:
    service.on("POST /v1/jobs", httpx.ConnectError("refused"))
    done = run("submit", "a.jpg", "s.jpg", "--json", "--url", "http://nobody.test")
    assert done.exit_code == 3
    told = json.loads(done.stdout)
    assert told["object"] == "error"
    assert told["message"] == "no service answers at http://nobody.test: refused"


def test_a_file_of_an_unknown_kind_is_refused_before_anything_is_sent(
    run, service: Counter
) -> None:
    done = run("submit", "a.jpg", "s.jpg", "-o", "out.bmp")
    assert done.exit_code == 1
    assert "cannot write out.bmp" in done.stderr
    assert service.requests == []
