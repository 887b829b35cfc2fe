from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.contract.datasets import MANIFEST_FILE, Split, parse_manifest
from tests.engine.datasets.sets import write_set
from worker.engine.datasets import open_dataset, read_dataset
from worker.engine.datasets.renderings import rendering
from worker.engine.errors import DatasetError


def test_builtin_is_there_without_any_folder_and_can_be_read() -> None:
    dataset = open_dataset("builtin")
    photographs = [row for row in dataset.pictures if "rendering" not in row.file]
    for row in (*photographs, dataset.pictures[-1]):
        assert dataset.read(row).size == (row.width, row.height)
    assert len(dataset.of(Split.TRAIN)) >= 50
    assert len(dataset.of(Split.HELD_OUT)) >= 4
    assert all(row.licence for row in dataset.pictures)


def test_renderings_hang_on_their_seed_alone() -> None:
    once, again = (np.asarray(rendering(3, 64)) for _ in range(2))
    assert (once == again).all()
    assert (once != np.asarray(rendering(4, 64))).mean() > 0.5


def test_renderings_have_the_spectrum_of_photographs() -> None:
    # The same fit gives -3.2 (chelsea) to -1.9 (hubble) for photographs.
    slopes = [_slope(rendering(seed, 256)) for seed in range(3)]
    assert -3.2 < np.mean(slopes) < -1.9


def _slope(picture: Image.Image) -> float:
    """By which power of the frequency the power spectrum falls."""
    grey = np.asarray(picture.convert("L"), float)
    seen = (grey - grey.mean()) * np.outer(np.hanning(256), np.hanning(256))
    power = np.abs(np.fft.rfft2(seen)) ** 2
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)[None, :])
    band = (frequency > 0.02) & (frequency < 0.2)
    return float(np.polyfit(np.log(frequency[band]), np.log(power[band]), 1)[0])


def test_set_is_named_by_its_folder_and_its_manifests_hash(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "mine", [(8, 8), (9, 7)])
    dataset = open_dataset("mine", tmp_path)
    manifest = parse_manifest((folder / MANIFEST_FILE).read_bytes())
    assert (dataset.name, dataset.sha256) == ("mine", manifest.sha256)
    assert [dataset.read(row).size for row in dataset.pictures] == [(8, 8), (9, 7)]


@pytest.mark.parametrize("name", ["nobodys", "..", "a/b", "", "UP"])
def test_set_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError):
        open_dataset(name, tmp_path)


def test_picture_that_was_deleted_is_named(tmp_path: Path) -> None:
    dataset = read_dataset(write_set(tmp_path / "set", [(8, 8)]))
    (tmp_path / "set" / "0.png").unlink()
    with pytest.raises(DatasetError, match=r"0\.png cannot be read"):
        dataset.read(dataset.pictures[0])


def test_picture_that_was_changed_is_refused(tmp_path: Path) -> None:
    dataset = read_dataset(write_set(tmp_path / "set", [(8, 8)]))
    Image.new("RGB", (8, 8)).save(tmp_path / "set" / "0.png")
    with pytest.raises(DatasetError, match="must have"):
        dataset.read(dataset.pictures[0])


def test_manifest_whose_sizes_were_edited_is_refused(tmp_path: Path) -> None:
    manifest = write_set(tmp_path / "set", [(8, 8)]) / MANIFEST_FILE
    manifest.write_text(manifest.read_text().replace('"width": 8', '"width": 80'))
    dataset = read_dataset(tmp_path / "set")
    with pytest.raises(DatasetError, match="8 x 8 pixels, must have 80 x 8"):
        dataset.read(dataset.pictures[0])
