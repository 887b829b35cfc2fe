"""A fast picture, a pack and an export, each by one command."""

from dataclasses import asdict
from pathlib import Path

import onnx
import pytest
from PIL import Image

from tests.engine.conftest import SMALL, hills, new_small_engine, strokes
from worker.engine import StyleEngine, cli, judge
from worker.engine.cli import export
from worker.engine.feedforward.packs import Pack

SIZE = ["--size", "64", "--device", "cpu", "--threads", "1"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fast")


@pytest.fixture
def folder(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMPASTO_CACHE_DIR", str(cache))
    monkeypatch.chdir(tmp_path)
    hills().save("hills.png")
    strokes().save("strokes.png")
    Image.new("L", hills().size, 255).save("all.png")
    return tmp_path


def opened(name: str) -> bytes:
    with Image.open(name) as image:
        return image.convert("RGB").tobytes()


def test_a_painting_a_pack_and_a_builtin_style_paint(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", "strokes.png", "-o", "s.safetensors"]) == 0
    assert "s.safetensors SHA-256 " in capsys.readouterr().out
    for style in ("strokes.png", "s.safetensors", "builtin:3"):
        assert cli.main(["fast", "hills.png", style, "-o", "o.png", "-f", *SIZE]) == 0
        Path("o.png").rename(f"{style[0]}{style[-1]}.png")
    assert opened("sg.png") == opened("ss.png") != opened("b3.png")
    assert Pack.from_bytes(Path("s.safetensors").read_bytes()).info.name == "strokes"


def test_weights_and_masks_are_the_styles_in_order(folder: Path) -> None:
    words = ["fast", "hills.png", "strokes.png", "builtin:3", *SIZE]
    assert cli.main([*words, "-o", "mask.png", "--mask", "all.png"]) == 0
    assert cli.main([*words[:3], *SIZE, "-o", "alone.png"]) == 0
    assert cli.main([*words, "-o", "both.png", "--style-weight", "9"]) == 0
    assert opened("mask.png") == opened("alone.png") != opened("both.png")


def test_a_pack_can_carry_what_the_judge_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "load_weights", lambda **_: SMALL)
    words = ["export", "strokes.png", "-o", "s.safetensors", "--judge", "hills.png"]
    assert cli.main(words) == 0
    told = Pack.from_bytes(Path("s.safetensors").read_bytes()).info.judgement
    assert cli.main(["fast", "hills.png", "strokes.png", "-o", "o.png"]) == 0
    with Image.open("o.png") as picture:
        assert told == asdict(judge(hills(), strokes(), picture, SMALL))


def test_an_export_is_an_onnx_file(folder: Path) -> None:
    assert cli.main(["export", "builtin:25", "-o", "s.onnx"]) == 0
    assert onnx.load("s.onnx").producer_name == "impasto"


def test_steps_sharpen_with_the_optimizer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StyleEngine, "load", lambda **_: new_small_engine())
    words = ["fast", "hills.png", "strokes.png", *SIZE]
    assert cli.main([*words, "-o", "plain.png"]) == 0
    assert cli.main([*words, "-o", "steps.png", "--steps", "2"]) == 0
    assert opened("plain.png") != opened("steps.png")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("fast hills.png builtin:26 -o o.png", "must be 0 to 25"),
        ("fast hills.png builtin:x -o o.png", "a painting, a pack"),
        ("fast hills.png no.safetensors -o o.png", "No such file"),
        ("fast hills.png bad.safetensors -o o.png", "its header is no JSON"),
        ("fast hills.png builtin:1 -o o.png --steps 5", "--steps needs paintings"),
        ("fast hills.png builtin:1 -o o.png --size 63", "size_px is 63"),
        ("fast hills.png builtin:1 -o o.png --mask all.png --mask all.png", "--mask"),
        ("export builtin:1 -o o.onnx --judge hills.png", "--judge needs a painting"),
        ("export builtin:1 -o o.pt", "must end in: .safetensors, .onnx"),
        ("export hills.png -o bad.safetensors", "is there already"),
    ],
)
def test_what_can_not_be_is_told_in_one_line(
    words: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.safetensors").write_bytes(b"\x00" * 20)
    assert cli.main(words.split()) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_the_fast_weights_can_be_prepared(
    folder: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["fetch-weights", "--fast"]) == 0
    assert "ready" in capsys.readouterr().out
    assert len(list(cache.glob("fast-*.safetensors"))) == 2
