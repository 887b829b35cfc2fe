"""Files and folders become a plan of pictures, each with a name of its own."""

from pathlib import Path

import pytest
import typer

from app.commands.subjects import plan_of
from tests.app.commands.conftest import JPEG_HEAD


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("photos/b.jpg", "photos/a.PNG", "photos/notes.txt", "photos/.c.png"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"" if name.endswith(".txt") else JPEG_HEAD)
    for number in range(9):
        Path("styles").mkdir(exist_ok=True)
        Path(f"styles/s{number}.webp").write_bytes(JPEG_HEAD)
    Path("empty").mkdir()


def paths(*names: str) -> list[Path]:
    return [Path(name) for name in names]


def test_paintings_of_one_photograph_are_blended() -> None:
    plan = plan_of(paths("x.jpg"), paths("s.jpg", "t.jpg"), ["night"], None)
    assert plan.is_one
    assert not plan.each
    assert plan.names(".png") == ["x-s-t-night.png"]


def test_a_folder_is_its_pictures_by_name() -> None:
    plan = plan_of(paths("photos"), paths("s.jpg"), [], None)
    assert plan.contents == (Path("photos/a.PNG"), Path("photos/b.jpg"))
    assert plan.each
    assert plan.names(".png") == ["a-s.png", "b-s.png"]


def test_each_painting_by_itself_makes_several_pictures() -> None:
    plan = plan_of(paths("x.jpg"), paths("s.jpg"), ["night"], True)
    assert not plan.is_one
    assert plan.names("") == ["x-s", "x-night"]


def test_several_photographs_may_still_be_blended() -> None:
    plan = plan_of(paths("photos"), paths("s.jpg", "t.jpg"), [], False)
    assert plan.names("") == ["a-s-t", "b-s-t"]


def test_equal_names_get_numbers() -> None:
    plan = plan_of(paths("one/x.jpg", "two/x.jpg"), paths("s.jpg"), ["s"], None)
    assert plan.names("") == ["x-s", "x-s-2", "x-s-3", "x-s-4"]


def test_a_batch_has_no_more_jobs_than_are_allowed() -> None:
    contents = paths(*(f"c{number}.jpg" for number in range(10)))
    plan = plan_of(contents, paths("styles"), [], None)
    sizes = [
        len(plan.contents[rows]) * len(plan.paintings[columns])
        for rows, columns in plan.batches()
    ]
    assert sizes == [27, 27, 27, 9]


def test_more_paintings_than_a_batch_holds_are_split_as_well() -> None:
    plan = plan_of(paths("x.jpg"), [], [f"s{n}" for n in range(40)], True)
    sizes = [len(plan.paintings[columns]) for _, columns in plan.batches()]
    assert sizes == [32, 8]


@pytest.mark.parametrize(
    ("contents", "styles", "each", "words"),
    [
        (["x.jpg"], [], None, "name a painting"),
        (["empty"], ["s.jpg"], None, "empty has no pictures"),
        (["x.jpg"], ["styles"], False, "9 paintings cannot be blended"),
        (["x.jpg"], ["a", "b", "c", "d", "e"], None, "--each makes a picture"),
    ],
)
def test_what_cannot_be_planned_is_told(
    contents: list[str], styles: list[str], each: bool | None, words: str
) -> None:
    with pytest.raises(typer.BadParameter, match=words):
        plan_of(paths(*contents), paths(*styles), [], each)
