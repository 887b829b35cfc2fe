import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.app.pictures import encode
from tests.app.preparation.scenes import scene


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(3):
        (folder / f"{seed}.png").write_bytes(encode(scene(seed)))
    return folder


def test_set_is_made_and_its_path_printed(pictures: Path, tmp_path: Path) -> None:
    words = ["dataset", "prepare", str(pictures), "--out", str(tmp_path / "set")]
    words += ["--size", "48", "--processes", "1"]
    told = CliRunner().invoke(cli, words)
    assert (told.exit_code, told.stdout.strip()) == (0, str(tmp_path / "set"))
    assert "3 pictures, " in told.stderr
    again = CliRunner().invoke(cli, [*words, "--json"])
    answer = json.loads(again.stdout)
    assert (answer["pictures"], answer["decoded"], answer["licenses"]) == (3, 0, [])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--size", "64", "--min-side", "65"], 2, "min-side is 65, size 64"),
        (["--kind", "music"], 2, "--kind is music; content or style is allowed"),
        (["--size", "512"], 1, "each side must have at least 256"),
    ],
)
def test_what_cannot_be_is_told(
    pictures: Path, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    out = ["--out", str(tmp_path / "set"), "--processes", "1"]
    told = CliRunner().invoke(cli, ["dataset", "prepare", str(pictures), *out, *words])
    assert (told.exit_code, told.stdout) == (code, "")
    assert said in told.stderr


def test_source_that_is_not_there_is_told(tmp_path: Path) -> None:
    words = ["dataset", "prepare", str(tmp_path / "no"), "--out", str(tmp_path / "set")]
    told = CliRunner().invoke(cli, words)
    assert told.exit_code == 1
    assert "No such file" in told.stderr
