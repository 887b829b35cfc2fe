"""Bands of rows change nothing but when a wish to stop is heard."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows

from worker.engine.features.backbones import bands
from worker.engine.features.backbones.bands import convolve_in_bands
from worker.engine.features.backbones.convolution import (
    FrozenConvolution,
)


def nothing() -> None:
    """An interruption check that never stops."""


@pytest.mark.parametrize("padding_px", [0, 1, 2])
@pytest.mark.parametrize("rows_a_band", [1, 2, 5])
def test_bands_equal_the_whole(
    padding_px: int,
    rows_a_band: int,
    monkeypatch: pytest.MonkeyPatch,
    random: torch.Generator,
) -> None:
    maps = torch.randn(1, 4, 13, 9, generator=random)
    kernel = torch.randn(5, 4, 3, 3, generator=random)
    bias = torch.randn(5, generator=random)
    whole = F.conv2d(maps, kernel, bias, padding=padding_px)
    macs_a_row = whole.shape[3] * kernel.numel()
    monkeypatch.setattr(bands, "_BAND_MACS", rows_a_band * macs_a_row)
    calls: list[None] = []
    banded = convolve_in_bands(
        maps, kernel, bias, padding_px, lambda: calls.append(None)
    )
    assert torch.allclose(banded, whole, atol=1e-5)
    assert len(calls) > 1


def test_forward_and_backward_pass_gradcheck(random: torch.Generator) -> None:
    layer = FrozenConvolution(
        torch.randn(4, 3, 3, 3, generator=random),
        torch.randn(4, generator=random),
        dtype=torch.float64,
        device=torch.device("cpu"),
    )
    maps = torch.randn(
        2, 3, 5, 6, generator=random, dtype=torch.float64, requires_grad=True
    )
    assert torch.autograd.gradcheck(lambda each: layer(each, nothing), maps)
    assert torch.autograd.gradcheck(lambda each: layer.pooled(each, nothing), maps)
