"""`list`, `cancel`, `finish`, `control`, `pause`, `resume`, `retry`, `delete`."""

import json
from pathlib import Path

import httpx
import pytest

from tests.app.client.fakes import JOB_ID, PROGRESS, job_answer, job_json, problem
from tests.app.commands.conftest import Counter

OTHER_ID = "job_" + "0" * 31 + "2"


def page(*jobs: dict, cursor: str | None = None) -> httpx.Response:
    return httpx.Response(200, json={"data": list(jobs), "next_cursor": cursor})


def test_a_list_shows_whole_ids_states_and_news(run, service: Counter) -> None:
    error = {"code": "worker_lost", "title": "It was [lost]", "detail": "D"}
    service.on(
        "GET /v1/jobs",
        page(
            job_json("processing", 3, progress=PROGRESS),
            job_json("queued", 1, id=OTHER_ID),
            job_json("failed", 9, error=error | {"retryable": True}),
        ),
    )
    rows = run("list").stdout.splitlines()
    assert rows[0].split() == ["JOB", "STATUS", "CREATED", "SIZE", "NEWS"]
    assert rows[1].startswith(f"{JOB_ID}  processing")
    assert "40%, 9 s left" in rows[1]
    assert rows[2].startswith(OTHER_ID)
    assert "0 ahead" in rows[2]
    assert "It was [lost]" in rows[3]


def test_a_list_asks_for_what_is_wanted_and_no_more(run, service: Counter) -> None:
    service.on("GET /v1/jobs", page(*[job_json()] * 2, cursor="x"), page(job_json()))
    words = ["--status=queued", "--status=failed", "--kind=image", "--limit=2"]
    told = json.loads(run("list", *words, "--json").stdout)
    assert len(told["data"]) == 2
    (request,) = service.requests
    assert request.url.query == b"status=queued&status=failed&kind=image&limit=2"


def test_all_of_a_list_is_read_to_its_last_page(run, service: Counter) -> None:
    service.on("GET /v1/jobs", page(*[job_json()] * 2, cursor="x"), page(job_json()))
    assert len(json.loads(run("list", "--all", "--json").stdout)["data"]) == 3


def test_an_empty_list_says_so_to_people_only(run, service: Counter) -> None:
    service.on("GET /v1/jobs", page())
    done = run("list")
    assert (done.stdout, done.exit_code) == ("", 0)
    assert "There are no such jobs" in done.stderr


@pytest.mark.parametrize("word", ["cancel", "finish", "pause", "resume"])
def test_each_job_is_told_and_a_refusal_keeps_nobody(
    run, service: Counter, word: str
) -> None:
    service.on(f"POST /v1/jobs/{JOB_ID}/{word}", problem(409, "job_finished"))
    service.on(
        f"POST /v1/jobs/{OTHER_ID}/{word}", job_answer("processing", 4, id=OTHER_ID)
    )
    done = run(word, JOB_ID, OTHER_ID, "--json")
    assert done.exit_code == 1
    first, second = json.loads(done.stdout)["data"]
    assert (first["code"], first["job_id"]) == ("job_finished", JOB_ID)
    assert second["id"] == OTHER_ID
    assert f"{JOB_ID}: This went wrong." in done.stderr


def test_a_change_is_sent_by_name(run, service: Counter) -> None:
    answer = httpx.Response(202, json={"revision": 3})
    service.on(f"PATCH /v1/jobs/{JOB_ID}/controls", answer)
    words = ("style_strength=0.8", "learning_rate=null")
    assert "revision 3" in run("control", JOB_ID, *words).stderr
    sent = json.loads(service.requests[-1].content)
    assert sent == {"style_strength": 0.8, "learning_rate": None}
    as_json = run("control", JOB_ID, *words, "--json")
    assert json.loads(as_json.stdout) == {"id": JOB_ID, "revision": 3}


def test_a_mask_is_sent_with_the_number_of_its_painting(
    run, service: Counter, tmp_path: Path
) -> None:
    (tmp_path / "a=b.png").write_bytes(b"a PNG")
    answer = httpx.Response(202, json={"revision": 3})
    service.on(f"PUT /v1/jobs/{JOB_ID}/inputs/mask/1", answer)
    done = run("control", JOB_ID, "--mask", f"1={tmp_path / 'a=b.png'}")
    assert "revision 3" in done.stderr
    assert service.requests[-1].content == b"a PNG"
    for words in (["--mask", "1=nowhere.png"], ["--mask", "sky.png"], []):
        assert run("control", JOB_ID, *words).exit_code == 2, words


def test_a_waiting_job_is_canceled_now_and_a_running_one_soon(
    run, service: Counter
) -> None:
    path = f"POST /v1/jobs/{JOB_ID}/cancel"
    service.on(path, job_answer("canceled", 2))
    assert f"{JOB_ID} canceled" in run("cancel", JOB_ID).stderr
    service.on(path, job_answer("processing", 4))
    assert "will be canceled in a moment" in run("cancel", JOB_ID).stderr


def test_a_deleted_job_is_told(run, service: Counter) -> None:
    service.on(f"DELETE /v1/jobs/{JOB_ID}", httpx.Response(204))
    done = run("delete", JOB_ID, "--json")
    assert json.loads(done.stdout) == {"data": [{"id": JOB_ID, "deleted": True}]}


def test_a_retry_changes_what_is_set_and_prints_the_new_id(
    run, service: Counter
) -> None:
    new = job_answer("queued", 1, id=OTHER_ID, retry_of=JOB_ID)
    service.on(f"POST /v1/jobs/{JOB_ID}/retry", new)
    done = run("retry", JOB_ID, "--set", "steps=20", "--priority", "low")
    assert (done.exit_code, done.stdout) == (0, f"{OTHER_ID}\n")
    sent = json.loads(service.requests[0].content)
    assert sent == {"params": {"steps": 20}, "priority": "low"}


def test_the_key_and_the_address_come_from_options_or_environment(
    run, service: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.on("GET /v1/jobs", page())
    run("list", "--url", "http://one.test", "--api-key", "imp_1")
    monkeypatch.setenv("IMPASTO_URL", "http://two.test")
    monkeypatch.setenv("IMPASTO_API_KEY", "imp_2")
    run("list")
    told = [(r.url.host, r.headers["Authorization"]) for r in service.requests]
    assert told == [("one.test", "Bearer imp_1"), ("two.test", "Bearer imp_2")]


@pytest.mark.parametrize(
    "words",
    [
        *(["cancel"], ["finish"], ["delete"], ["delete", JOB_ID]),
        *(["retry"], ["watch"], ["result"], ["losses"]),
        *(["styles", "show"], ["styles", "remove"], ["keys", "revoke"]),
    ],
)
@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_id_is_told_and_nothing_is_sent(
    words: list[str], empty: str, run, service: Counter
) -> None:
    done = run(*words, empty)
    assert done.exit_code == 2
    assert "the id is empty" in done.stderr
    assert not service.requests


def test_a_branch_is_sent_and_saved(run, service: Counter, tmp_path) -> None:
    service.on(f"POST /v1/jobs/{JOB_ID}/branch", job_answer(id=OTHER_ID))
    done = run("branch", JOB_ID, "--set", "steps=9")
    assert done.stdout.strip() == OTHER_ID
    assert json.loads(service.requests[-1].content) == {"params": {"steps": 9}}
