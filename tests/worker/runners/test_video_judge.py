"""`impasto judge` on files, and what a job tells of its own result."""

import json
from pathlib import Path

import pytest

from tests.clips import clip, pan
from worker.runners.video.judge_command import main, table
from worker.runners.video.judging import spread, watched_of

FRAMES = pan(5) + pan(4, name="still-life")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("clips")
    made, source = folder / "made.mp4", folder / "source.mp4"
    source.write_bytes(clip(FRAMES, options={"crf": "5"}))
    made.write_bytes(clip([255 - each for each in FRAMES], options={"crf": "5"}))
    return made, source


def test_a_clip_is_judged_beside_its_source(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, source = files
    words = [str(made), "--source", str(source), "--plot", str(tmp_path / "p.svg")]
    bounds = ["--min-mask-share", "0.1", "--max-error-ratio", "0.1"]
    # What could not be measured keeps no bound.
    assert main([*words, *bounds, "--max-long-error-ratio", "9", "--json"]) == 1
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert [each["first_frame"] for each in told["shots"]] == [0, 5]
    assert 0.7 < told["warping_error_ratio"] < 1.5
    assert told["quality"] is None
    assert (tmp_path / "p.svg").read_text().startswith("<svg")
    first, second = said.err.splitlines()
    assert first.startswith("warping_error_ratio is")
    assert first.endswith("must be at most 0.1")
    assert second == "warping_error_10_ratio is None, must be at most 9"
    assert "shot from frame 5: 4 frames" in table(told)


def test_bad_input_is_told(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, source = files
    short = tmp_path / "short.mp4"
    short.write_bytes(clip(FRAMES[:3]))
    assert main([str(made), "--source", str(short)]) == 2
    assert "the source has 3 frames, the result 9" in capsys.readouterr().err
    (tmp_path / "text.mp4").write_text("no clip")
    assert main([str(tmp_path / "text.mp4"), "--source", str(source)]) == 2


def test_stretches_of_a_long_clip_are_watched() -> None:
    assert watched_of(5) == {*range(1, 11)}
    assert len(watched_of(200)) == 40
    assert max(watched_of(18_000)) < 1000
    assert spread(190, 2) == [47, 142]
    assert spread(1, 3) == [0]
