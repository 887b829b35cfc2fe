"""Tiles are exact arithmetic: each position of each layer belongs to one of them."""

import itertools

import pytest
import torch

from worker.engine.machine.tiles import cut, whole

#: Of a VGG.
GRID_PX = 16

LENGTHS = (1, 15, 16, 17, 31, 47, 64, 97, 130, 203)
STRIDES = (1, 2, 4, 8, 16)


@pytest.mark.parametrize("tile_px", [16, 48, 128])
@pytest.mark.parametrize("stride", STRIDES)
def test_every_position_of_every_layer_is_in_exactly_one_tile(
    stride: int, tile_px: int
) -> None:
    for height_px, width_px in itertools.product(LENGTHS, (33, 130)):
        seen = torch.zeros(1, 1, -(-height_px // stride), -(-width_px // stride))
        for tile in cut(height_px, width_px, tile_px, 16, GRID_PX):
            tile.part(seen, stride).add_(1)
        assert torch.equal(seen, torch.ones_like(seen)), (height_px, width_px)


@pytest.mark.parametrize("stride", STRIDES)
def test_a_tiles_own_part_of_its_window_is_its_part_of_the_whole(stride: int) -> None:
    for height_px, width_px in itertools.product(LENGTHS, (33, 130)):
        rows, columns = (-(-each // stride) for each in (height_px, width_px))
        numbers = torch.arange(rows * columns).view(1, 1, rows, columns)
        for tile in cut(height_px, width_px, 48, 32, GRID_PX):
            down, across = tile.down, tile.across
            window = numbers[
                ...,
                down.window_start // stride : -(-down.window_stop // stride),
                across.window_start // stride : -(-across.window_stop // stride),
            ]
            own = tile.own(window, stride)
            assert own.numel() > 0
            assert torch.equal(own, tile.part(numbers, stride))


def test_a_window_sees_the_margin_or_the_border() -> None:
    for length_px, margin_px in itertools.product(LENGTHS, (16, 96)):
        for tile in cut(length_px, 16, 48, margin_px, GRID_PX):
            span = tile.down
            assert span.start % GRID_PX == span.window_start % GRID_PX == 0
            assert span.start - span.window_start in (margin_px, span.start)
            assert span.window_stop - span.stop in (margin_px, length_px - span.stop)
            assert 0 <= span.window_start <= span.start < span.stop
            assert span.stop <= span.window_stop <= length_px
            assert span.stop - span.start <= 48


def test_tiles_are_even() -> None:
    sides = [
        tile.down.stop - tile.down.start for tile in cut(130, 16, 128, 16, GRID_PX)
    ]
    assert sides == [80, 50]


def test_the_window_is_a_view_of_the_picture() -> None:
    image = torch.zeros(2, 3, 70, 50)
    tile = cut(70, 50, 48, 16, GRID_PX)[-1]
    tile.window(image).add_(1)
    assert image.sum() == 2 * 3 * (tile.down.window_stop - tile.down.window_start) * (
        tile.across.window_stop - tile.across.window_start
    )


def test_one_tile_is_the_whole() -> None:
    (tile,) = whole(37, 41)
    maps = torch.rand(1, 2, 10, 11)
    assert torch.equal(tile.own(maps, 4), maps)
    assert torch.equal(tile.part(maps, 4), maps)


@pytest.mark.parametrize(("tile_px", "margin_px"), [(40, 16), (48, 8)])
def test_what_does_not_lie_on_the_grid_is_refused(tile_px: int, margin_px: int) -> None:
    with pytest.raises(ValueError, match="multiple of 16"):
        cut(100, 100, tile_px, margin_px, GRID_PX)
