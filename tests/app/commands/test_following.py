"""`watch`, `result`, `losses`: from a job that there is to a file."""

import json
from pathlib import Path

import httpx
import pytest

from tests.app.client.fakes import (
    JOB_ID,
    PROGRESS,
    RESULT,
    event_stream,
    job_answer,
    problem,
)
from tests.app.client.test_watching import END, STEP
from tests.app.commands.conftest import Counter

JOB = f"GET /v1/jobs/{JOB_ID}"
DONE = job_answer("succeeded", 9, result=RESULT)
POINT = {"scale": 1, "total": 6.0, "content": 1.0, "style": 4.0, "tv": 1.0}


def test_a_watched_job_is_saved_at_its_end(run, service: Counter) -> None:
    service.on(JOB, job_answer("processing", 3))
    service.on(f"{JOB}/events", lambda request: event_stream(STEP, END))
    service.on(f"{JOB}/result", httpx.Response(200, content=b"picture"))
    done = run("watch", JOB_ID, "--save", "out.webp", "--quality", "70")
    assert (done.exit_code, done.stdout) == (0, "out.webp\n")
    assert Path("out.webp").read_bytes() == b"picture"
    assert service.requests[-1].headers["Accept"] == "image/webp"
    assert service.requests[-1].url.query == b"quality=70"


def test_a_program_hears_every_change_as_a_line(run, service: Counter) -> None:
    service.on(JOB, job_answer("processing", 3))
    service.on(f"{JOB}/events", lambda request: event_stream(STEP, END))
    done = run("watch", JOB_ID, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["revision"] for each in lines] == [3, 4, 9]
    assert lines[1]["progress"]["step"] == PROGRESS["step"]


@pytest.mark.parametrize(("status", "code"), [("failed", 4), ("canceled", 5)])
def test_an_end_without_a_picture_has_its_exit_code(
    run, service: Counter, status: str, code: int
) -> None:
    error = {"code": "worker_lost", "title": "Lost", "detail": "D", "retryable": True}
    members = {"error": error} if status == "failed" else {}
    service.on(JOB, job_answer(status, 9, **members))
    done = run("watch", JOB_ID, "--save", "out.png")
    assert done.exit_code == code
    assert f"{JOB_ID} " in done.stderr
    assert not Path("out.png").exists()


def test_a_deadline_is_told_as_the_reason(run, service: Counter) -> None:
    service.on(JOB, job_answer("canceled", 9, cancel_reason="deadline"))
    assert "because its time was over" in run("watch", JOB_ID).stderr


def test_a_ctrl_c_leaves_a_watched_job_alone(run, service: Counter) -> None:
    def interrupt(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    service.on(JOB, interrupt)
    assert run("watch", JOB_ID).exit_code == 130
    assert service.said == [JOB]


def test_a_result_is_a_file_or_goes_down_a_pipe(run, service: Counter) -> None:
    service.on(f"{JOB}/result", httpx.Response(200, content=b"\x89PNG\xff"))
    service.on(JOB, DONE)
    assert run("result", JOB_ID, "-o", "x.jpg").stdout == "x.jpg\n"
    assert run("result", JOB_ID, "-o", "-").stdout_bytes == b"\x89PNG\xff"
    told = json.loads(run("result", JOB_ID, "--json").stdout)
    assert (told["id"], told["file"]) == (JOB_ID, "pastiche.png")
    assert run("result", JOB_ID, "-o", "-", "--json").exit_code == 2


@pytest.mark.parametrize(
    ("status", "problem_code", "code"),
    [
        (404, "job_not_found", 1),
        (409, "result_not_ready", 1),
        (409, "job_failed", 4),
        (409, "job_canceled", 5),
        (410, "result_expired", 1),
    ],
)
def test_why_there_is_no_result_is_told(
    run, service: Counter, status: int, problem_code: str, code: int
) -> None:
    service.on(f"{JOB}/result", problem(status, problem_code))
    done = run("result", JOB_ID, "--json")
    assert done.exit_code == code
    assert json.loads(done.stdout)["code"] == problem_code


def test_a_long_curve_is_thinned_and_keeps_its_last_point(
    run, service: Counter
) -> None:
    points = [POINT | {"step": step} for step in range(1, 101)]
    service.on(f"{JOB}/losses", httpx.Response(200, json=curve(points)))
    done = run("losses", JOB_ID)
    rows = done.stdout.splitlines()
    assert len(rows) == 21
    assert rows[-1].split() == ["1", "100", *["6.0000", "1.0000", "4.0000", "1.0000"]]
    assert "Every 5th of 100 points" in done.stderr
    told = json.loads(run("losses", JOB_ID, "--json").stdout)
    assert len(told["data"]) == 100


def curve(points: list[dict]) -> dict:
    return {"object": "losses", "job_id": JOB_ID, "data": points}


def test_a_curve_as_text_goes_out_as_it_came(run, service: Counter) -> None:
    service.on(f"{JOB}/losses", httpx.Response(200, content=b"step\r\n1\r\n"))
    assert run("losses", JOB_ID, "--csv").stdout_bytes == b"step\r\n1\r\n"
    assert run("losses", JOB_ID, "--svg", "-o", "l.svg").stdout == "l.svg\n"
    assert Path("l.svg").read_bytes() == b"step\r\n1\r\n"
    accepted = [each.headers["Accept"] for each in service.requests]
    assert accepted == ["text/csv", "image/svg+xml"]


@pytest.mark.parametrize(
    "words", [["--csv", "--svg"], ["--json", "--csv"], ["-o", "x"]]
)
def test_a_curve_in_two_forms_is_a_wrong_usage(
    run, service: Counter, words: list[str]
) -> None:
    assert run("losses", JOB_ID, *words).exit_code == 2
    assert service.requests == []


def test_a_job_without_losses_says_so(run, service: Counter) -> None:
    service.on(f"{JOB}/losses", httpx.Response(200, json=curve([])))
    done = run("losses", JOB_ID)
    assert done.exit_code == 1
    assert "has no losses yet" in done.stderr
