"""The command as a person runs it: in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.engine.conftest import PINNED, PINNED_FLAGS, hills, strokes
from worker.engine import cli
from worker.engine.features.backbones.winograd.build import find_compiler
from worker.engine.files import write_atomically


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Path, Path]:
    content, style = tmp_path / "content.png", tmp_path / "style.png"
    hills().save(content)
    strokes().save(style)
    return content, style


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "worker.engine", *map(str, words)]


@pytest.mark.vgg_weights
def test_two_processes_paint_the_same_bytes_and_say_what_they_did(
    pictures: tuple[Path, Path], weights_dir: Path, real_weights: object, tmp_path: Path
) -> None:
    answers = []
    for number in (1, 2):
        result = tmp_path / f"{number}.png"
        words = ["--size", 96, "--steps", 4, "--seed", 3, "--json", *PINNED_FLAGS]
        answers.append(
            subprocess.run(
                command(*pictures, "-o", result, *words),
                env=os.environ | {"IMPASTO_CACHE_DIR": str(weights_dir)},
                capture_output=True,
                text=True,
                check=True,
                timeout=120,
            )
        )
    first, second = (tmp_path / "1.png").read_bytes(), (tmp_path / "2.png").read_bytes()
    assert first == second
    document = json.loads(answers[0].stdout)
    assert document["result"] == str(tmp_path / "1.png")
    assert (document["width_px"], document["height_px"]) == (96, 64)
    assert document["steps"] == 4
    chosen = {name: document["engine"][name] for name in (*PINNED, "threads")}
    assert chosen == PINNED | {"threads": 1}
    assert document["engine"]["deterministic"] is True
    assert set(document["losses"]) == {"total", "content", "style", "total_variation"}
    assert "100%" in answers[0].stderr
    with Image.open(tmp_path / "1.png") as picture:
        assert picture.size == (96, 64)


@pytest.mark.vgg_weights
def test_without_the_flags_of_newer_processors_auto_means_float32(
    pictures: tuple[Path, Path], weights_dir: Path, real_weights: object, tmp_path: Path
) -> None:
    hidden = {"IMPASTO_HIDE_CPU_FLAGS": "amx_bf16,avx512_bf16,avx512f,bf16"}
    words = ["--size", 64, "--steps", 1, "--json", "--device", "cpu"]
    done = subprocess.run(
        command(*pictures, "-o", tmp_path / "result.png", *words),
        env=os.environ | {"IMPASTO_CACHE_DIR": str(weights_dir)} | hidden,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    engine = json.loads(done.stdout)["engine"]
    assert engine["precision"] == "float32"
    wanted = "winograd" if find_compiler() else "torch"
    assert engine["convolutions"] == wanted


BAD_INPUT = {
    "no content": (["absent.png", "{style}", "-o", "{out}.png"], "absent.png"),
    "no image": (["{text}", "{style}", "-o", "{out}.png"], "can not be read"),
    "suffix": (["{content}", "{style}", "-o", "{out}.gif"], ".png, .jpg"),
    "folder": (["{content}", "{style}", "-o", "/nowhere/at/all.png"], "is not there"),
    "size": (["{content}", "{style}", "-o", "{out}.png", "--size", "9"], "64 to 4096"),
    "nan": (
        ["{content}", "{style}", "-o", "{out}.png", "--style-strength", "nan"],
        "0 to 1",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_explained_with_code_2(
    case: str,
    pictures: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("no image")
    places = {
        "content": pictures[0],
        "style": pictures[1],
        "text": text,
        "out": tmp_path / "out",
    }
    words, reason = BAD_INPUT[case]
    assert cli.main([word.format(**places) for word in words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert reason in printed.err
    assert not list(tmp_path.glob("out*"))


@pytest.mark.vgg_weights
def test_ctrl_c_leaves_no_file(
    pictures: tuple[Path, Path], weights_dir: Path, real_weights: object, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    words = [*pictures, "-o", folder / "result.png", "--size", 512, *PINNED_FLAGS]
    with subprocess.Popen(
        command(*words),
        env=os.environ | {"IMPASTO_CACHE_DIR": str(weights_dir)},
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        seen = b""
        while b"step" not in seen:  # it paints
            seen += os.read(process.stderr.fileno(), 4096)
        started_s = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        assert process.wait(timeout=20) == 130
    assert time.monotonic() - started_s < 10
    assert list(folder.iterdir()) == []


def test_a_file_that_can_not_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "result.png"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "not bytes")  # type: ignore[arg-type]  # fails midway
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
