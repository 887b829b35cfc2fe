"""Paths of the engine's commands: never empty, and nothing is lost by writing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from worker.engine import cli
from worker.engine.cli import paths
from worker.engine.cli.engine_flags import CACHE_VARIABLE, cache_dir
from worker.engine.files import write_atomically


def run(*words: object) -> int:
    return cli.main([str(word) for word in words])


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize(
    "words",
    [
        "{} s.png -o o.png",
        "p.png {} -o o.png",
        "p.png s.png {} -o o.png",
        "p.png s.png -o {}",
        "p.png s.png -o o.png --mask {}",
        "p.png s.png -o o.png --style-mask {}",
        "p.png s.png -o o.png --init {}",
        "p.png s.png -o o.png --state {}",
        "p.png s.png -o o.png --weights {}",
        "batch {} p.png -o o",
        "batch s.png {} -o o",
        "batch s.png p.png -o {}",
        "judge {} s.png o.png",
        "judge p.png {} o.png",
        "judge p.png s.png {}",
        "fetch-weights --path {}",
        "fast {} s.png -o o.png",
        "fast p.png {} -o o.png",
        "fast p.png s.png -o {}",
        "fast p.png s.png -o o.png --mask {}",
        "export {} -o o.onnx",
        "export s.png -o {}",
    ],
)
def test_an_empty_path_is_wrong_usage(
    words: str, empty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*(word.format(empty) for word in words.split()))
    assert caught.value.code == 2
    assert "the path is empty" in capsys.readouterr().err


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("p.png", "s.png", "m.png"):
        Path(name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "p.png s.png -o p.png",
        "p.png s.png -o s.png",
        "p.png s.png -o m.png --mask m.png",
        "p.png s.png -o soft.png",
        "p.png s.png -o hard.png",
        "p.png s.png -o x.png --state x.png",
        "batch s.png p.png -o .",
        "fast p.png s.png -o s.png",
        "fast p.png s.png -o m.png --mask m.png",
    ],
)
def test_what_is_read_is_never_overwritten(
    pictures: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("soft.png").symlink_to("p.png")
    Path("hard.png").hardlink_to("p.png")
    assert run(*words.split(), "--force") == 2
    assert "is one of the inputs, not overwritten" in capsys.readouterr().err
    assert Path("p.png").read_text() == "p.png"


@pytest.mark.parametrize("words", ["p.png s.png -o x.png", "batch s.png x.jpg -o ."])
def test_a_file_that_is_there_is_kept(
    pictures: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("x.png").write_text("old")
    assert run(*words.split()) == 2
    assert "'x.png' is there already; --force overwrites it" in capsys.readouterr().err
    assert run(*words.split(), "--force") == 2
    assert "can not be read as an image" in capsys.readouterr().err, "it went further"


@pytest.mark.parametrize(("answer", "code"), [("y\n", True), ("\n", False)])
def test_a_terminal_is_asked(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: bool
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return answer

        def write(self, text: str) -> int:
            return len(text)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    try:
        paths.require_new([Path("p.png")], [], force=False)
    except ValueError:
        assert not code
    else:
        assert code


def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / f"{'n' * 251}.png"
    write_atomically(path, b"x")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["n" * 256 + ".png", "loop.png/x.png", "p.png/x.png"])
def test_a_path_that_the_system_refuses_is_one_line(
    pictures: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("loop.png").symlink_to("loop.png")
    for words in (
        [name, "s.png", "-o", "o.png"],
        ["p.png", name, "-o", "o.png"],
        ["p.png", "s.png", "-o", name],
        ["batch", "s.png", "p.jpg", "-o", name],
        ["p.png", "s.png", "-o", "o.png", "--state", name],
        ["fetch-weights", "--path", name],
    ):
        assert run(*words) == 2
        told = capsys.readouterr().err
        assert told.startswith("error: ")
        assert told.count("\n") == 1


def test_a_full_disk_is_told_in_one_line() -> None:
    script = "from worker.engine.cli.main import _printed; exit(_printed('told'))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONUNBUFFERED": ""},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_cache_is_where_a_file_of_windows_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, "cache\r")
    assert cache_dir() == Path("cache")
    monkeypatch.setenv(CACHE_VARIABLE, "\r")
    assert cache_dir() is None
