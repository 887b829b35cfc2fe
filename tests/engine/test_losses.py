"""The losses by known answers, invariances, gradcheck and an independent twin."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from worker.engine.losses import (
    Moments,
    StyleTarget,
    content_distance,
    covariance_root,
    gram_distance,
    moments,
    own_scale,
    total_variation,
    wasserstein_distance,
)


def maps(
    random: torch.Generator, channels: int = 6, height: int = 5, width: int = 7
) -> Tensor:
    """Random feature maps, their channels correlated and of different sizes."""
    drawn = torch.randn(
        1, channels, height, width, generator=random, dtype=torch.float64
    )
    mixing = torch.randn(channels, channels, generator=random, dtype=torch.float64)
    mixed: Tensor = torch.einsum("dc,nchw->ndhw", mixing, drawn)
    return mixed + 0.5


def gaussian(
    covariance: Tensor, mean: Tensor, count: int, random: torch.Generator
) -> Tensor:
    """Maps whose moments are exactly the given ones."""
    drawn = torch.randn(len(mean), count, generator=random, dtype=torch.float64)
    drawn -= drawn.mean(dim=1, keepdim=True)
    found = drawn @ drawn.mT / count
    whitened = torch.linalg.solve(torch.linalg.cholesky(found), drawn)
    wanted: Tensor = torch.linalg.cholesky(covariance) @ whitened + mean[:, None]
    return wanted.reshape(1, len(mean), 1, count)


def test_total_variation_of_a_checkerboard_is_two() -> None:
    rows, columns = torch.meshgrid(torch.arange(8), torch.arange(6), indexing="ij")
    board = ((rows + columns) % 2).float().expand(1, 3, 8, 6)
    assert float(total_variation(board)) == 2.0


def test_total_variation_is_zero_for_flat_and_for_single_pixels() -> None:
    assert float(total_variation(torch.full((1, 3, 5, 5), 0.3))) == 0.0
    assert float(total_variation(torch.rand(1, 3, 1, 1))) == 0.0


def test_total_variation_does_not_grow_with_the_image(random: torch.Generator) -> None:
    tile = torch.rand(1, 3, 16, 16, generator=random)
    wanted = float(total_variation(tile))
    assert float(total_variation(tile.tile(1, 1, 8, 8))) == pytest.approx(
        wanted, rel=0.1
    )


def test_moments_equal_numpys(random: torch.Generator) -> None:
    feature_maps = maps(random)
    flat = feature_maps[0].flatten(1).numpy()
    found = moments(feature_maps)
    assert np.allclose(found.mean[0], flat.mean(axis=1))
    assert np.allclose(found.covariance[0], np.cov(flat, bias=True))


def test_moments_do_not_see_where_things_are(random: torch.Generator) -> None:
    feature_maps = maps(random)
    order = torch.randperm(35, generator=random)
    shuffled = feature_maps.flatten(2)[:, :, order].reshape(feature_maps.shape)
    found, wanted = moments(shuffled), moments(feature_maps)
    assert torch.allclose(found.mean, wanted.mean)
    assert torch.allclose(found.second, wanted.second)


def test_equal_statistics_are_at_distance_zero(random: torch.Generator) -> None:
    feature_maps = maps(random)
    target = StyleTarget.of(moments(feature_maps))
    size = float(own_scale(target.moments, target.moments))
    assert abs(float(wasserstein_distance(feature_maps, target))) < 1e-4 * size
    assert float(gram_distance(feature_maps, target)) < 1e-12


def test_diagonal_gaussians_have_a_closed_form(random: torch.Generator) -> None:
    deviations = torch.tensor([[1.0, 2.0, 3.0], [2.0, 0.5, 3.0]], dtype=torch.float64)
    means = torch.tensor([[0.0, 1.0, 2.0], [1.0, 1.0, 0.0]], dtype=torch.float64)
    first, second = (
        gaussian(deviation.square().diag(), mean, 50, random)
        for deviation, mean in zip(deviations, means, strict=True)
    )
    found = wasserstein_distance(first, StyleTarget.of(moments(second)))
    # (|m - m_s|^2 + |s - s_s|^2) / C
    assert float(found) == pytest.approx((1 + 4 + 1 + 2.25) / 3, rel=1e-6)


@pytest.mark.parametrize("positions", [(5, 7), (1, 4)], ids=["many", "few"])
def test_the_distance_equals_an_independent_twin(
    positions: tuple[int, int], random: torch.Generator
) -> None:
    found_maps, wanted_maps = maps(random, 6, *positions), maps(random, 6, 6, 6)
    found = wasserstein_distance(found_maps, StyleTarget.of(moments(wanted_maps)))
    one, two = (each[0].flatten(1).numpy() for each in (found_maps, wanted_maps))
    shift = np.square(one.mean(axis=1) - two.mean(axis=1)).sum()
    first, second = np.cov(one, bias=True), np.cov(two, bias=True)
    # The trace of the root of a product, by its (unsymmetric) eigenvalues.
    common = np.sqrt(np.linalg.eigvals(first @ second).real.clip(0)).sum()
    wanted = (shift + np.trace(first) + np.trace(second) - 2 * common) / 6
    assert float(found) == pytest.approx(wanted, rel=1e-5)


def test_both_sides_of_the_root_agree(
    random: torch.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = StyleTarget.of(moments(maps(random, 6, 6, 6)))
    few = maps(random, 6, 1, 4)
    twice = few.tile(1, 1, 2, 1)  # the same moments from more positions than channels
    assert torch.allclose(
        wasserstein_distance(few, wanted),
        wasserstein_distance(twice, wanted),
        rtol=1e-3,
    )


@pytest.mark.parametrize("positions", [(3, 4), (1, 4)], ids=["many", "few"])
@pytest.mark.parametrize("distance", [wasserstein_distance, gram_distance])
def test_style_distances_pass_gradcheck(
    distance: object, positions: tuple[int, int], random: torch.Generator
) -> None:
    target = StyleTarget.of(moments(maps(random, 5, 6, 6)))
    feature_maps = maps(random, 5, *positions).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda each: distance(each, target),  # type: ignore[operator]  # either of two
        feature_maps,
    )


def test_content_and_total_variation_pass_gradcheck(random: torch.Generator) -> None:
    wanted, feature_maps = maps(random), maps(random).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda each: content_distance(each, wanted), feature_maps
    )
    assert torch.autograd.gradcheck(total_variation, feature_maps)


@pytest.mark.parametrize("factor", [1e-3, 40.0])
def test_relative_losses_do_not_see_the_scale_of_activations(
    factor: float, random: torch.Generator
) -> None:
    content, style, pastiche = (maps(random) for _ in range(3))

    def relative(size: float) -> float:
        target = StyleTarget.of(moments(style * size))
        scale = own_scale(moments(content * size), target.moments)
        return float(wasserstein_distance(pastiche * size, target) / scale)

    assert relative(factor) == pytest.approx(relative(1.0), rel=1e-6)


def test_unrelated_positions_are_one_own_scale_apart(random: torch.Generator) -> None:
    content, style = maps(random, 6, 100, 100), maps(random, 6, 100, 100)
    apart = float(content_distance(content, style))
    assert apart == pytest.approx(
        float(own_scale(moments(content), moments(style))), rel=0.02
    )


def test_the_own_scale_of_flat_images_is_not_zero() -> None:
    flat = moments(torch.full((1, 4, 3, 3), 2.0))
    black = Moments(*(torch.zeros_like(each) for each in dataclasses.astuple(flat)))
    assert float(own_scale(flat, flat)) > 0
    assert float(own_scale(black, black)) > 0


def test_the_covariance_root_squared_is_the_covariance(random: torch.Generator) -> None:
    covariance = moments(maps(random)).covariance
    root = covariance_root(covariance)
    assert torch.allclose(root @ root, covariance)
