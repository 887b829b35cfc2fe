from pathlib import Path

import pytest
import torch
from PIL import Image

from app.contract.datasets import PictureRow, Split
from tests.engine.datasets.sets import write_set
from worker.engine.datasets import Crops, Dataset, read_dataset
from worker.engine.errors import DatasetError

MIXED = [(40, 24), (24, 40), (32, 32), (16, 90), (24, 25)]


@pytest.fixture
def mixed(tmp_path: Path) -> Dataset:
    return read_dataset(write_set(tmp_path / "mixed", MIXED))


def crops(dataset: Dataset, **options: int) -> Crops:
    return Crops(dataset, Split.TRAIN, **{"crop_px": 16, "batch": 3, **options})


def test_mixed_pictures_give_batches_of_one_shape(mixed: Dataset) -> None:
    batch = crops(mixed).batch(0)
    assert batch.shape == (3, 3, 16, 16)
    assert batch.dtype == torch.float32
    assert 0 <= float(batch.min()) < 0.1
    assert 0.9 < float(batch.max()) <= 1


def test_later_step_needs_none_before_it(mixed: Dataset) -> None:
    in_order = crops(mixed, seed=5)
    batches = [in_order.batch(step) for step in range(8)]
    assert torch.equal(crops(mixed, seed=5).batch(7), batches[7])
    assert not torch.equal(crops(mixed, seed=6).batch(7), batches[7])
    assert not torch.equal(batches[6], batches[7])


def test_crop_does_not_hang_on_the_batch_size(mixed: Dataset) -> None:
    one_by_one = crops(mixed, batch=1)
    expected = torch.cat([one_by_one.batch(step) for step in range(3, 6)])
    assert torch.equal(crops(mixed, batch=3).batch(1), expected)


def test_each_picture_gives_one_crop_a_turn(mixed: Dataset) -> None:
    seen: list[str] = []

    def read(row: PictureRow) -> Image.Image:
        seen.append(row.file)
        return mixed.read(row)

    watched = Dataset("watched", mixed.sha256, mixed.pictures, read)
    # A cache of one byte keeps one picture.
    each = crops(watched, batch=len(MIXED), cache_bytes=1)
    for turn in range(3):
        seen.clear()
        each.batch(turn)
        # Two turns may meet at one picture, which is still there.
        assert len(set(seen)) == len(seen) >= len(MIXED) - 1


def test_kept_pictures_are_not_read_again(mixed: Dataset) -> None:
    count = 0

    def read(row: PictureRow) -> Image.Image:
        nonlocal count
        count += 1
        return mixed.read(row)

    kept = crops(Dataset("kept", mixed.sha256, mixed.pictures, read))
    for step in range(10):
        kept.batch(step)
    assert count == len(MIXED)


def test_mirrors_and_scales_are_drawn(tmp_path: Path) -> None:
    # Dark on the left, light on the right: the sign of the slope tells a mirror.
    folder = write_set(tmp_path / "ramp", [(64, 64)])
    dataset = read_dataset(folder)
    ramp = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90)
    picture = ramp.resize((64, 64)).convert("RGB")
    ramps = Dataset("ramp", "", dataset.pictures, lambda _: picture)
    batch = crops(ramps, batch=40).batch(0)
    slopes = (batch[..., -1] - batch[..., 0]).mean(dim=(1, 2))
    assert 10 < int((slopes > 0).sum()) < 30
    # From 0.4 of the side to all of it.
    assert float(slopes.abs().min()) < 0.55
    assert float(slopes.abs().max()) > 0.8


def test_fixed_crop_is_always_the_same(mixed: Dataset) -> None:
    assert torch.equal(crops(mixed).fixed(2), crops(mixed, batch=1).fixed(2))
    assert crops(mixed).fixed(2).shape == (1, 3, 16, 16)
    assert not torch.equal(crops(mixed).fixed(2), crops(mixed).fixed(1))


def test_pictures_smaller_than_a_crop_are_left_out(mixed: Dataset) -> None:
    assert [row.width for row in crops(mixed, crop_px=24).pictures] == [40, 24, 32, 24]
    with pytest.raises(DatasetError, match="has 5 pictures for train, none"):
        crops(mixed, crop_px=64)


def test_split_without_pictures_is_refused(mixed: Dataset) -> None:
    with pytest.raises(DatasetError, match="has 0 pictures for held_out"):
        Crops(mixed, Split.HELD_OUT, crop_px=16)


@pytest.mark.parametrize("wrong", [{"crop_px": 0}, {"batch": 0}, {"cache_bytes": 0}])
def test_sizes_below_one_are_refused(mixed: Dataset, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        crops(mixed, **wrong)
