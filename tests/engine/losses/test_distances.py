"""The losses by known answers, invariances, gradcheck and an independent twin."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from worker.engine.losses.distances import (
    StyleTarget,
    content_distance,
    covariance_root,
    gram_distance,
    mean_std_distance,
    own_scale,
    total_variation,
)
from worker.engine.losses.distances import wasserstein_distance as of_moments
from worker.engine.losses.statistics import Moments, feature_sums, moments

Distance = Callable[[Moments, StyleTarget], Tensor]


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


def wasserstein_distance(feature_maps: Tensor, target: StyleTarget) -> Tensor:
    """As the objective asks for it: few positions take the small side."""
    is_few = feature_maps.shape[2:].numel() < feature_maps.shape[1]
    found = moments(feature_maps)
    return of_moments(found, target, feature_maps if is_few else None)


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
    target = StyleTarget.with_root(moments(feature_maps))
    size = float(own_scale(target.moments, target.moments))
    assert abs(float(wasserstein_distance(feature_maps, target))) < 1e-4 * size
    assert float(gram_distance(target.moments, target)) < 1e-12
    assert float(mean_std_distance(target.moments, target)) < 1e-12


def test_diagonal_gaussians_have_a_closed_form(random: torch.Generator) -> None:
    deviations = torch.tensor([[1.0, 2.0, 3.0], [2.0, 0.5, 3.0]], dtype=torch.float64)
    means = torch.tensor([[0.0, 1.0, 2.0], [1.0, 1.0, 0.0]], dtype=torch.float64)
    first, second = (
        gaussian(deviation.square().diag(), mean, 50, random)
        for deviation, mean in zip(deviations, means, strict=True)
    )
    found = wasserstein_distance(first, StyleTarget.with_root(moments(second)))
    # (|m - m_s|^2 + |s - s_s|^2) / C
    assert float(found) == pytest.approx((1 + 4 + 1 + 2.25) / 3, rel=1e-6)


@pytest.mark.parametrize("positions", [(5, 7), (1, 4)], ids=["many", "few"])
def test_the_distance_equals_an_independent_twin(
    positions: tuple[int, int], random: torch.Generator
) -> None:
    found_maps, wanted_maps = maps(random, 6, *positions), maps(random, 6, 6, 6)
    found = wasserstein_distance(
        found_maps, StyleTarget.with_root(moments(wanted_maps))
    )
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
    wanted = StyleTarget.with_root(moments(maps(random, 6, 6, 6)))
    few = maps(random, 6, 1, 4)
    twice = few.tile(1, 1, 2, 1)  # the same moments from more positions than channels
    assert torch.allclose(
        wasserstein_distance(few, wanted),
        wasserstein_distance(twice, wanted),
        rtol=1e-3,
    )


@pytest.mark.parametrize("positions", [(3, 4), (1, 4)], ids=["many", "few"])
@pytest.mark.parametrize("distance", [of_moments, gram_distance, mean_std_distance])
def test_style_distances_pass_gradcheck(
    distance: Distance, positions: tuple[int, int], random: torch.Generator
) -> None:
    target = StyleTarget.with_root(moments(maps(random, 5, 6, 6)))
    feature_maps = maps(random, 5, *positions).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda each: (
            wasserstein_distance(each, target)
            if distance is of_moments
            else distance(moments(each), target)
        ),
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
        target = StyleTarget.with_root(moments(style * size))
        scale = own_scale(moments(content * size), target.moments)
        return float(wasserstein_distance(pastiche * size, target) / scale)

    assert relative(factor) == pytest.approx(relative(1.0), rel=1e-6)


def test_unrelated_positions_are_one_own_scale_apart(random: torch.Generator) -> None:
    content, style = maps(random, 6, 100, 100), maps(random, 6, 100, 100)
    apart = float(content_distance(content, style)) / content.numel()
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


def test_independent_channels_have_one_distance_by_both_ways(
    random: torch.Generator,
) -> None:
    deviations = torch.tensor([[1.0, 2.0], [2.0, 0.5]], dtype=torch.float64)
    first, second = (
        moments(gaussian(each.square().diag(), each, 50, random)) for each in deviations
    )
    target = StyleTarget.with_root(second)
    by_mean_std = float(mean_std_distance(first, target))
    assert by_mean_std == pytest.approx(float(of_moments(first, target)), rel=1e-5)


def test_mean_and_deviation_do_not_see_how_channels_belong_together(
    random: torch.Generator,
) -> None:
    mean = torch.zeros(2, dtype=torch.float64)
    round_, long = (
        torch.tensor([[1.0, c], [c, 1.0]], dtype=torch.float64) for c in (0.0, 0.9)
    )
    first, second = (moments(gaussian(c, mean, 50, random)) for c in (round_, long))
    target = StyleTarget.with_root(second)
    assert float(mean_std_distance(first, target)) < 1e-9
    assert float(of_moments(first, target)) > 0.05


def test_the_moments_of_a_region_are_those_of_its_positions(
    random: torch.Generator,
) -> None:
    feature_maps = maps(random, 4, 6, 8)
    shares = torch.zeros(1, 1, 6, 8, dtype=torch.float64)
    shares[..., :3, :] = 1
    found, wanted = moments(feature_maps, shares), moments(feature_maps[:, :, :3])
    assert torch.allclose(found.mean, wanted.mean)
    assert torch.allclose(found.second, wanted.second)


def test_sums_over_shares_pass_gradcheck(random: torch.Generator) -> None:
    shares = torch.rand(1, 1, 3, 4, generator=random, dtype=torch.float64)
    feature_maps = maps(random, 5, 3, 4).requires_grad_()

    def sums(each: Tensor) -> tuple[Tensor, Tensor]:
        found = feature_sums(each, shares)
        return found.first, found.second

    assert torch.autograd.gradcheck(sums, feature_maps)
