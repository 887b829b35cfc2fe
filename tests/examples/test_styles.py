"""The style pictures: what lies in the repository, and that it can be made again."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from paint_styles import main
from painters.picture import MANNERS, Manner, paint, save_below_limit
from PIL import Image

SMALL_PX = 64
NAMES = [manner.name for manner in MANNERS]
# Those that are quick and legible at this size; the others share the night's strokes.
QUICK = [
    manner
    for manner in MANNERS
    if manner.name in {"night", "woodcut", "watercolour", "glass", "chalk"}
]


@pytest.fixture(scope="module")
def small() -> dict[str, Image.Image]:
    return {manner.name: paint(manner, SMALL_PX) for manner in QUICK}


def look(picture: Image.Image) -> NDArray[np.float64]:
    """What one sees from afar: 6 x 6 colours in [0, 1]."""
    tiny = picture.convert("RGB").resize((6, 6), Image.Resampling.BOX)
    return np.asarray(tiny, dtype=np.float64) / 255


@pytest.mark.parametrize("manner", MANNERS, ids=NAMES)
def test_style_is_small_and_opens_at_its_size(manner: Manner, examples: Path) -> None:
    path = examples / "styles" / f"{manner.name}.jpg"
    assert path.stat().st_size < 300_000
    with Image.open(path) as picture:
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        assert picture.size == manner.shape_px
        assert 1000 <= max(picture.size) <= 1200


def test_every_style_has_a_painter_and_every_painter_a_style(examples: Path) -> None:
    assert sorted(path.stem for path in examples.glob("styles/*")) == sorted(NAMES)
    assert len(set(NAMES)) == len(NAMES) >= 8


def test_no_two_styles_are_alike(examples: Path) -> None:
    looks = [
        look(Image.open(examples / "styles" / f"{name}.jpg")).ravel() for name in NAMES
    ]
    distances = [np.abs(one - other).mean() for one, other in combinations(looks, 2)]
    assert min(distances) > 0.08


@pytest.mark.parametrize("manner", QUICK, ids=lambda manner: manner.name)
def test_style_in_the_repository_is_what_the_script_paints(
    manner: Manner, examples: Path, small: dict[str, Image.Image]
) -> None:
    # Strokes differ with the size; the composition and its colours must not.
    with Image.open(examples / "styles" / f"{manner.name}.jpg") as kept:
        alike = np.corrcoef(look(kept).ravel(), look(small[manner.name]).ravel())
    assert alike[0, 1] > 0.85


@pytest.mark.parametrize("name", ["woodcut", "mosaic", "chalk"])
def test_same_seed_gives_the_same_picture(name: str) -> None:
    manner = MANNERS[NAMES.index(name)]
    assert paint(manner, SMALL_PX).tobytes() == paint(manner, SMALL_PX).tobytes()


def test_command_paints_what_is_named(tmp_path: Path) -> None:
    assert main(["glass", "--into", str(tmp_path), "--long-side", "64"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["glass.jpg"]


def test_command_names_the_styles_when_it_knows_none_of_that_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["nigth", "--into", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "nigth" in message
    assert "night, sunset" in message
    assert not list(tmp_path.iterdir())


def test_picture_too_small_to_paint_is_refused() -> None:
    with pytest.raises(ValueError, match="64 or more"):
        paint(MANNERS[0], 63)


def test_picture_that_never_gets_small_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("painters.picture.LIMIT_BYTES", 1000)
    noise = np.random.default_rng(0).integers(0, 255, (99, 99, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="at every quality"):
        save_below_limit(Image.fromarray(noise), tmp_path / "noise.jpg")
    assert not list(tmp_path.iterdir())
