"""Painting commands with a small network: batches, masks, a state that is kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.engine.conftest import distance, hills, paint_with, strokes
from worker.engine import Style, StyleEngine, StyleLoss, StylizeOptions, cli
from worker.engine.cli import batch, build_kernels, state_file, stylize
from worker.engine.painting.step import Step

SIZE = ["--size", "64", "--steps", "4"]
OPTIONS = StylizeOptions(size_px=64, steps=4)


@pytest.fixture
def folder(
    tmp_path: Path, small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder of pictures, and commands that paint with the small network."""
    for module in (stylize, batch):
        monkeypatch.setattr(module, "load_engine", lambda _: small_engine)
    hills().save(tmp_path / "hills.png")
    hills().transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "slopes.png")
    strokes().save(tmp_path / "strokes.png")
    strokes().rotate(90).save(tmp_path / "turned.png")
    left = Image.new("L", hills().size)
    left.paste(255, (0, 0, 48, 64))
    left.save(tmp_path / "left.png")
    return tmp_path


def opened(path: Path) -> bytes:
    with Image.open(path) as image:
        return image.convert("RGB").tobytes()


def test_a_batch_gives_each_photograph_its_own_picture(
    folder: Path, small_engine: StyleEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "results"
    words = ["batch", "strokes.png", "hills.png", "slopes.png"]
    paths = [str(folder / word) if "." in word else word for word in words]
    words = [*paths, "-o", str(out), *SIZE, "--style-loss", "gram"]
    assert cli.main(words) == 0
    assert capsys.readouterr().out.split() == [
        str(out / "hills.png"),
        str(out / "slopes.png"),
    ]
    for name in ("hills", "slopes"):
        with Image.open(folder / f"{name}.png") as content:
            alone, _ = paint_with(
                small_engine,
                replace(OPTIONS, style_loss=StyleLoss.GRAM),
                content_image=content.convert("RGB"),
            )
        with Image.open(out / f"{name}.png") as found:
            assert distance(found, alone) < 1  # rounding


def test_a_batch_of_one_name_twice_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hill = str(folder / "hills.png")
    words = ["batch", str(folder / "strokes.png"), hill, hill, "-o", str(folder / "o")]
    assert cli.main([*words, *SIZE]) == 2
    assert "one name" in capsys.readouterr().err


def test_paintings_get_their_weights_and_masks_in_order(
    folder: Path, small_engine: StyleEngine
) -> None:
    names = ["hills.png", "strokes.png", "turned.png"]
    words = [*(str(folder / name) for name in names), "-o", str(folder / "o.png")]
    words += ["--style-weight", "2", "--mask", str(folder / "left.png"), *SIZE]
    assert cli.main(words) == 0
    with (
        Image.open(folder / "left.png") as mask,
        Image.open(folder / "turned.png") as turned,
    ):
        styles = [
            Style(image=strokes(), weight=2.0, mask=mask.copy()),
            Style(image=turned.convert("RGB")),
        ]
    *_, last = _watched(small_engine.stylize(hills(), styles, OPTIONS))
    assert opened(folder / "o.png") == last


def _watched(steps: Iterator[Step]) -> Iterator[bytes]:
    for step in steps:
        yield step.picture().tobytes()


@pytest.mark.parametrize("flag", ["--style-weight", "--mask", "--style-mask"])
def test_more_of_a_thing_than_paintings_is_refused(
    flag: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = "1" if flag == "--style-weight" else str(folder / "left.png")
    words = [str(folder / "hills.png"), str(folder / "strokes.png")]
    words += ["-o", str(folder / "o.png"), flag, value, flag, value, *SIZE]
    assert cli.main(words) == 2
    assert f"{flag} came 2 times for 1 paintings" in capsys.readouterr().err


def test_an_image_to_start_from_is_started_from(folder: Path) -> None:
    outs = []
    for name in ("plain", "init"):
        words = [str(folder / "hills.png"), str(folder / "strokes.png"), *SIZE]
        words += ["-o", str(folder / f"{name}.png")]
        words += ["--init", str(folder / "slopes.png")] if name == "init" else []
        assert cli.main(words) == 0
        outs.append(opened(folder / f"{name}.png"))
    assert outs[0] != outs[1]


def test_interrupted_work_goes_on_from_its_state_to_the_same_picture(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_file, "_INTERVAL_S", 0.0)
    state = folder / "state.safetensors"
    words = [str(folder / "hills.png"), str(folder / "strokes.png")]
    words += ["--size", "64", "--steps", "9", "--state", str(state), "-o"]
    assert cli.main([*words, str(folder / "undisturbed.png")]) == 0
    assert not state.exists()
    keep = state_file.StateFile.keep

    def keep_and_leave(saved: state_file.StateFile, step: Step) -> None:
        keep(saved, step)
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(state_file.StateFile, "keep", keep_and_leave)
        assert cli.main([*words, str(folder / "resumed.png")]) == 130
    assert state.exists()
    assert not (folder / "resumed.png").exists()
    seen: list[int] = []
    with monkeypatch.context() as context:
        context.setattr(stylize, "show", lambda _, step: seen.append(step.step))
        assert cli.main([*words, str(folder / "resumed.png")]) == 0
    assert min(seen) > 1  # it did not begin anew
    assert opened(folder / "resumed.png") == opened(folder / "undisturbed.png")
    assert not state.exists()


def test_a_state_too_large_for_the_memory_does_not_end_the_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(state_file, "_INTERVAL_S", 0.0)
    monkeypatch.setattr(
        "worker.engine.painting.iteration_state.free_memory_bytes", lambda _: 1000
    )
    state = folder / "state.safetensors"
    words = [str(folder / "hills.png"), str(folder / "strokes.png"), *SIZE]
    words += ["--state", str(state), "-o", str(folder / "o.png")]
    assert cli.main(words) == 0
    assert "1000 are free" in caplog.text
    assert not state.exists()


def test_the_state_of_other_work_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = folder / "state.safetensors"
    state.write_bytes(b"no state at all")
    words = [str(folder / "hills.png"), str(folder / "strokes.png"), *SIZE]
    words += ["--state", str(state), "-o", str(folder / "o.png")]
    assert cli.main(words) == 2
    assert "state can not be read" in capsys.readouterr().err
    assert state.read_bytes() == b"no state at all"


def test_kernels_are_built_into_the_cache_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IMPASTO_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(
        build_kernels, "build_portable", lambda folder: [folder / "a.so", folder / "b"]
    )
    assert cli.main(["build-kernels"]) == 0
    assert capsys.readouterr().out.split() == ["a.so", "b"]
