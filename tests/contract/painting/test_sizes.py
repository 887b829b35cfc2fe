"""Which sizes fit, and how near two are."""

import pytest

from app.contract.painting.sizes import largest_fitting, likeness


@pytest.mark.parametrize(
    ("room", "size"), [(99, None), (100, 10), (143, 11), (144, 12), (10_000, 20)]
)
def test_the_largest_size_whose_pixels_fit_is_found(
    room: int, size: int | None
) -> None:
    def fits(pixels: int) -> bool:
        return pixels <= room

    assert largest_fitting(10, 20, lambda size_px: size_px**2, fits) == size


def test_likeness_is_one_for_equal_jobs_and_the_same_both_ways() -> None:
    assert likeness(1.0, 1.0) == 1
    assert likeness(4.0) == likeness(0.25) == 0.5
    assert likeness(4.0, 0.25) == 0.25
