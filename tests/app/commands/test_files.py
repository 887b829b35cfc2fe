"""`impasto files`: what a job has made besides its result."""

import json
from pathlib import Path

import httpx

from tests.app.client.fakes import JOB_ID, problem
from tests.app.commands.conftest import Counter

FILES = f"/v1/jobs/{JOB_ID}/files"


def found(*names: str) -> httpx.Response:
    data = [
        {"name": each, "media_type": "text/csv", "bytes": 4, "url": "u"}
        for each in names
    ]
    return httpx.Response(200, json={"data": data})


def test_files_are_listed_with_their_size_and_type(run, service: Counter) -> None:
    service.on(f"GET {FILES}", found("curve.csv"))
    head, row = run("files", JOB_ID).stdout.splitlines()
    assert head.split() == ["NAME", "BYTES", "TYPE"]
    assert row.split() == ["curve.csv", "4", "text/csv"]


def test_a_job_without_files_says_so_to_people_only(run, service: Counter) -> None:
    service.on(f"GET {FILES}", found())
    done = run("files", JOB_ID)
    assert (done.stdout, done.exit_code) == ("", 0)
    assert "no further files" in done.stderr
    assert json.loads(run("files", JOB_ID, "--json").stdout) == {"data": []}


def test_all_files_are_saved_into_a_folder(run, service: Counter) -> None:
    service.on(f"GET {FILES}", found("curve.csv", "notes.csv"))
    service.on(f"GET {FILES}/curve.csv", httpx.Response(200, content=b"1"))
    service.on(f"GET {FILES}/notes.csv", httpx.Response(200, content=b"2"))
    done = run("files", JOB_ID, "-o", "new/")
    assert done.stdout.splitlines() == ["new/curve.csv", "new/notes.csv"]
    assert Path("new/curve.csv").read_bytes() == b"1"
    assert Path("new/notes.csv").read_bytes() == b"2"


def test_one_file_is_saved_under_a_name(run, service: Counter) -> None:
    service.on(f"GET {FILES}", found("curve.csv", "notes.csv"))
    service.on(f"GET {FILES}/notes.csv", httpx.Response(200, content=b"2"))
    done = run("files", JOB_ID, "notes.csv", "-o", "mine.csv", "--json")
    (told,) = json.loads(done.stdout)["data"]
    assert (told["name"], told["file"]) == ("notes.csv", "mine.csv")
    assert Path("mine.csv").read_bytes() == b"2"


def test_a_name_leads_out_of_no_folder(run, service: Counter) -> None:
    service.on(f"GET {FILES}", found("../curve.csv", "notes.csv"))
    service.on(f"GET {FILES}/../curve.csv", httpx.Response(200, content=b"1"))
    service.on(f"GET {FILES}/notes.csv", httpx.Response(200, content=b"2"))
    run("files", JOB_ID, "-o", "new")
    assert sorted(map(str, Path().rglob("*.csv"))) == ["new/curve.csv", "new/notes.csv"]


def test_a_file_that_is_there_is_not_written_over(run, service: Counter) -> None:
    Path("mine.csv").write_text("old")
    service.on(f"GET {FILES}", found("curve.csv"))
    done = run("files", JOB_ID, "-o", "mine.csv")
    assert done.exit_code == 1
    assert "mine.csv: there already; --force overwrites" in done.stderr
    assert Path("mine.csv").read_text() == "old"


def test_an_unknown_name_and_an_unknown_job_are_told(run, service: Counter) -> None:
    service.on(f"GET {FILES}", found("curve.csv"), problem(404, "job_not_found"))
    done = run("files", JOB_ID, "other.csv")
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"{JOB_ID} has no file other.csv" in done.stderr
    assert run("files", JOB_ID).exit_code == 1
