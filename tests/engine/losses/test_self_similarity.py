"""How alike places are is kept, not what they look like."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from app.contract.painting.choices import ContentLoss
from tests.engine.conftest import (
    distance,
    hills,
    paint_with,
    small_network,
    strokes,
)
from worker.engine import StyleEngine, StylizeOptions
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.losses.objective import LossWeights, Objective
from worker.engine.losses.self_similarity import (
    SelfSimilarityTerm,
    cosine_distances,
    self_similarity_distance,
)
from worker.engine.losses.target_builder import TargetBuilder
from worker.engine.painting.gradients import differentiate, differentiate_in_tiles
from worker.engine.painting.objective_builder import side_by_side
from worker.engine.styles import Region

SIMILAR = StylizeOptions(
    size_px=64, steps=6, content_loss=ContentLoss.SELF_SIMILARITY, seed=3
)


def features(random: torch.Generator, count: int = 20, channels: int = 5) -> Tensor:
    return torch.randn(1, count, channels, generator=random, dtype=torch.float64)


def test_distances_are_those_of_directions(random: torch.Generator) -> None:
    rows = features(random)[0].numpy()
    centred = rows - rows.mean(axis=0)
    lengths = (centred**2).sum(axis=1) ** 0.5
    wanted = 1 - centred @ centred.T / lengths[:, None] / lengths
    found = cosine_distances(torch.from_numpy(rows)[None])[0]
    torch.testing.assert_close(found, torch.from_numpy(wanted))


def test_a_turn_of_all_features_costs_nothing(random: torch.Generator) -> None:
    rows = features(random)
    turn, _ = torch.linalg.qr(features(random, 5)[0])
    turned = 3 * rows @ turn + 2
    assert float(self_similarity_distance(turned, rows)) == pytest.approx(0, abs=1e-8)
    assert float(self_similarity_distance(rows.flip(1), rows)) > 0.1


def test_its_slopes_are_exact(random: torch.Generator) -> None:
    found, wanted = features(random, 7), features(random, 7)
    assert torch.autograd.gradcheck(
        lambda rows: self_similarity_distance(rows, wanted), found.requires_grad_()
    )


def test_even_features_have_a_distance_and_a_slope() -> None:
    even = torch.ones(1, 9, 4, requires_grad=True)
    loss = self_similarity_distance(even, torch.rand(1, 9, 4))
    (slope,) = torch.autograd.grad(loss.sum(), even)
    assert bool(torch.isfinite(loss).all())
    assert bool(torch.isfinite(slope).all())


def test_positions_follow_from_seed_and_step_and_cover_the_picture() -> None:
    maps = torch.rand(1, 3, 64, 128)
    one, two = (SelfSimilarityTerm("relu4_2", maps, 1.0, seed=1) for _ in range(2))
    one.begin(4)
    two.begin(7)
    first = one.positions()["relu4_2"].clone()
    assert not torch.equal(first, two.positions()["relu4_2"])
    two.begin(4)
    assert torch.equal(first, two.positions()["relu4_2"])
    assert torch.equal(first // 8, torch.arange(1024)), "one of each equal part"


def test_tiles_have_the_slopes_of_the_whole(random: torch.Generator) -> None:
    network = small_network()
    image = torch.rand(2, 3, 97, 203, generator=random)
    builder = TargetBuilder(
        network=network,
        hyperparameters=HYPERPARAMETERS,
        options=SIMILAR,
        check_interruption=lambda: None,
    )
    targets = builder.style_targets([(builder.style_moments(image[:1], None), 1.0)])
    goals = builder.goals(
        image.flip(3), [Region(((0, 1.0),), None, 1.0)], [side_by_side([targets] * 2)]
    )
    wanted = Objective(goals, LossWeights(1, 0, 0), SIMILAR.style_loss)
    wanted.begin(0)
    whole, slope = differentiate(wanted, network, image, lambda: None, recompute=False)
    tiled, found = differentiate_in_tiles(wanted, network, image, lambda: None, 48)
    assert float(whole.content.min()) > 0.1
    torch.testing.assert_close(tiled.content, whole.content)
    assert float((found - slope).norm()) < 1e-5 * float(slope.norm())


def test_a_picture_is_the_same_after_a_pause(small_engine: StyleEngine) -> None:
    usual = replace(SIMILAR, content_loss=ContentLoss.FEATURES)
    states = []
    for step in small_engine.stylize(hills(), strokes(), SIMILAR, report_interval_s=0):
        states.append(step.state())
        picture = step.picture()
    for number in (1, 4):
        for step in small_engine.stylize(
            hills(), strokes(), SIMILAR, resume_from=states[number]
        ):
            again = step.picture()
        assert again.tobytes() == picture.tobytes()
    assert distance(picture, paint_with(small_engine, usual)[0]) > 2
