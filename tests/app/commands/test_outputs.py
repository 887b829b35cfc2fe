"""What is there already is overwritten by nobody who does not say so."""

import json
from pathlib import Path

import httpx
import pytest

from app.commands import outputs
from tests.app.client.fakes import RESULT, job_json
from tests.app.commands.conftest import JPEG_HEAD, Counter

JOB = job_json("succeeded", 9, result=RESULT, id="job_0")
#: Each command that writes a file, and the file.
WRITING = {
    "submit": ["submit", "p.jpg", "s.jpg", "-o", "x.png"],
    "usual name": ["submit", "p.jpg", "s.jpg"],
    "result": ["result", "job_0", "-o", "x.png"],
    "watch": ["watch", "job_0", "--save", "x.png"],
    "losses csv": ["losses", "job_0", "--csv", "-o", "x.png"],
    "losses svg": ["losses", "job_0", "--svg", "-o", "x.png"],
    "styles show": ["styles", "show", "night", "-o", "x.png"],
}


@pytest.fixture(autouse=True)
def answers(service: Counter) -> None:
    for name in ("p.jpg", "s.jpg"):
        Path(name).write_bytes(JPEG_HEAD + name.encode())
    service.on("POST /v1/jobs", httpx.Response(200, json=JOB))
    service.on("GET /v1/jobs/job_0", httpx.Response(200, json=JOB))
    for path in ("jobs/job_0/result", "jobs/job_0/losses", "styles/night/image"):
        service.on(f"GET /v1/{path}", httpx.Response(200, content=b"new"))
    service.on("GET /v1/styles/night", httpx.Response(200, json={"id": "night"}))


@pytest.mark.parametrize("name", WRITING)
def test_a_file_that_is_there_is_kept_unless_force_says_so(
    run, service: Counter, name: str
) -> None:
    out = Path("pastiche.png" if name == "usual name" else "x.png")
    out.write_text("old")
    done = run(*WRITING[name])
    assert done.exit_code == 1, done.output
    assert f"{out}: there already; --force overwrites" in done.stderr
    assert out.read_text() == "old"
    assert service.requests == [], "nothing is asked or sent"
    done = run(*WRITING[name], "--force")
    assert done.exit_code == 0, done.output
    assert out.read_text() == "new"


@pytest.mark.parametrize("kind", ["itself", "symlink", "hardlink", "other spelling"])
@pytest.mark.parametrize("sent", ["p.jpg", "s.jpg", "m.png", "i.png"])
def test_a_picture_that_is_sent_is_never_overwritten(
    run, service: Counter, kind: str, sent: str
) -> None:
    for name in ("m.png", "i.png"):
        Path(name).write_bytes(JPEG_HEAD)
    before = Path(sent).read_bytes()
    out = {"itself": sent, "other spelling": f"../{Path.cwd().name}/{sent}"}.get(
        kind, "out.png"
    )
    if kind == "symlink":
        Path(out).symlink_to(sent)
    if kind == "hardlink":
        Path(out).hardlink_to(sent)
    words = ["submit", "p.jpg", "s.jpg", "--mask", "m.png", "--init", "i.png"]
    done = run(*words, "-o", out, "--force")
    assert done.exit_code == 1, done.output
    assert f"it is {sent}, one of the pictures to paint from" in done.stderr
    assert Path(sent).read_bytes() == before
    assert service.requests == []


def test_a_folder_of_photographs_may_not_be_painted_over(run, service: Counter) -> None:
    Path("photos").mkdir()
    for name in ("a.png", "a-s.png"):
        Path("photos", name).write_bytes(JPEG_HEAD)
    done = run("submit", "photos", "s.jpg", "-o", "photos", "--force")
    assert done.exit_code == 1
    assert "photos/a-s.png, one of the pictures" in done.stderr
    assert service.requests == []


def test_many_files_are_told_by_one_and_a_number(run, service: Counter) -> None:
    Path("out").mkdir()
    for name in ("p-s.png", "s-s.png"):
        Path("out", name).touch()
    done = run("submit", "p.jpg", "s.jpg", "-c", "s.jpg", "-o", "out")
    assert "out/p-s.png and 1 more: there already" in done.stderr
    assert service.requests == []


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_a_terminal_is_asked(
    run, service: Counter, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    Path("x.png").write_text("old")
    monkeypatch.setattr(outputs, "is_terminal", lambda: True)
    done = run("result", "job_0", "-o", "x.png", typed=answer)
    assert done.exit_code == code
    assert "Overwrite?" in done.stderr
    assert done.stdout == ("x.png\n" if code == 0 else "")
    assert Path("x.png").read_text() == ("new" if code == 0 else "old")


def test_a_program_is_not_asked(run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("x.png").write_text("old")
    monkeypatch.setattr(outputs, "is_terminal", lambda: True)
    done = run("result", "job_0", "-o", "x.png", "--json", typed="y\n")
    assert done.exit_code == 1
    assert "--force" in json.loads(done.stdout)["message"]


def test_nobody_who_does_not_wait_is_asked(run) -> None:
    Path("x.png").write_text("old")
    done = run("submit", "p.jpg", "s.jpg", "-o", "x.png", "--no-wait")
    assert done.exit_code == 0, done.output
    assert Path("x.png").read_text() == "old"


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (["submit", "p.jpg", "s.jpg", "-o"], "p-s.png"),
        (["result", "job_0", "--format", "webp", "-o"], "job_0.webp"),
        (["watch", "job_0", "--save"], "job_0.png"),
        (["losses", "job_0", "--csv", "-o"], "job_0.csv"),
        (["styles", "show", "night", "-o"], "night.png"),
    ],
)
def test_a_slash_at_the_end_makes_a_folder(run, words: list[str], file: str) -> None:
    done = run(*words, "deep/outlong/")
    assert done.exit_code == 0, done.output
    assert Path("deep/outlong", file).read_text() == "new"


def test_a_name_as_long_as_names_can_be_is_saved(run) -> None:
    out = f"{'n' * 251}.png"
    assert run("result", "job_0", "-o", out).exit_code == 0
    assert [path.name for path in Path().glob("*.png")] == [out]


def test_names_that_would_be_too_long_are_cut(run) -> None:
    content, style = "é" * 102, "ü" * 102
    Path(f"{content}.jpg").write_bytes(JPEG_HEAD)
    Path(f"{style}.jpg").write_bytes(JPEG_HEAD)
    done = run("submit", f"{content}.jpg", f"{style}.jpg", "-o", "out/")
    assert done.exit_code == 0, done.output
    (saved,) = Path("out").iterdir()
    assert len(saved.name.encode()) <= 255
    assert set(saved.stem) == {"é", "ü", "-"}
