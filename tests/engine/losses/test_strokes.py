"""What each place shall look like, and that all of a painting is used."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from worker.engine.losses.choice import StrokeTarget, nearest, prices
from worker.engine.losses.sampling import rows_at, rows_of
from worker.engine.losses.strokes import MatchedRegion, StrokeTerm
from worker.engine.machine.tiles import cut

SIZE = (6, 7)
LAYER = "relu3_1"


def features(random: torch.Generator, count: int, channels: int = 5) -> Tensor:
    return torch.randn(count, channels, generator=random)


def term(target: StrokeTarget, *, regions: int = 1, pictures: int = 1) -> StrokeTerm:
    """Of a map of `SIZE`; regions are stripes of its rows."""
    everywhere = torch.arange(SIZE[0] * SIZE[1])
    parts = [
        MatchedRegion(targets=[target] * pictures, weight=1 / regions, eligible=each)
        for each in everywhere.chunk(regions)
    ]
    return StrokeTerm({LAYER: (1.0, None)}, parts, seed=3, is_rough=False)


def distance_of(found: StrokeTerm, maps: Tensor) -> Tensor:
    return found.distance({LAYER: rows_of(maps, found.positions()[LAYER])})


def maps_of(rows: Tensor) -> Tensor:
    """Rows, (H*W, C), as maps."""
    return rows.T.reshape(1, -1, *SIZE).clone()


def test_a_painting_is_at_distance_zero_from_itself(random: torch.Generator) -> None:
    rows = features(random, SIZE[0] * SIZE[1])
    found = term(StrokeTarget.mixed([(rows, 1.0)]))
    found.begin(0)
    assert float(distance_of(found, maps_of(rows))) == pytest.approx(0, abs=1e-5)


def test_neither_mean_nor_contrast_counts(random: torch.Generator) -> None:
    rows = features(random, SIZE[0] * SIZE[1])
    found = term(StrokeTarget.mixed([(rows, 1.0)]))
    found.begin(0)
    moved = maps_of(3 * rows + torch.arange(5.0))
    assert float(distance_of(found, moved)) == pytest.approx(0, abs=1e-5)


def test_opposite_features_are_at_distance_two() -> None:
    rows = torch.tensor([[1.0, 0.0], [-1.0, 0.0]]).repeat(21, 1)
    target = StrokeTarget.mixed([(rows, 1.0)])
    found = term(replace(target, rows=-target.rows.abs()))  # all of one direction
    found.begin(0)
    distance = distance_of(found, maps_of(rows))
    assert float(distance) == pytest.approx(1)  # 0 for one half, 2 for the other


def test_the_gradient_pulls_towards_what_was_chosen(random: torch.Generator) -> None:
    target = StrokeTarget.mixed([(features(random, 30), 1.0)])
    found = term(target)
    maps = maps_of(features(random, SIZE[0] * SIZE[1])).requires_grad_()
    found.begin(0)
    before = distance_of(found, maps)
    (gradient,) = torch.autograd.grad(before.sum(), maps)
    found.begin(1)
    after = distance_of(found, maps - gradient / gradient.norm())
    assert float(after.detach()) < float(before.detach()) - 0.5 * float(gradient.norm())


def test_flat_maps_have_a_finite_gradient(random: torch.Generator) -> None:
    found = term(StrokeTarget.mixed([(features(random, 30), 1.0)]))
    maps = torch.zeros(1, 5, *SIZE, requires_grad=True)
    found.begin(0)
    (gradient,) = torch.autograd.grad(distance_of(found, maps).sum(), maps)
    assert float(gradient.abs().max()) < 10


def test_the_nearest_place_is_chosen_for_its_price() -> None:
    wanted = torch.eye(3)
    found = torch.tensor([[0.9, 0.8, 0.0], [0.0, 0.1, 1.0]])
    free = torch.zeros(3)
    assert nearest(found, wanted, free, torch.float32).tolist() == [0, 2]
    dear = torch.tensor([0.2, 0.0, 0.0])
    assert nearest(found, wanted, dear, torch.bfloat16).tolist() == [1, 2]


def test_prices_make_all_of_a_painting_used(random: torch.Generator) -> None:
    directions = torch.nn.functional.normalize
    wanted = directions(features(random, 60), dim=1)
    # Everything is nearest to a few: what a sky does.
    found = directions(features(random, 600) + 3 * wanted[0], dim=1)
    target = StrokeTarget(wanted, torch.full((60,), 1 / 60), torch.ones(1))

    def most_used(price: Tensor) -> int:
        chosen = nearest(found, wanted, price, torch.float32)
        return int(torch.bincount(chosen, minlength=60).max())

    assert most_used(torch.zeros(60)) > 150
    assert most_used(prices(found, target)) < 40


def test_a_painting_of_more_weight_is_used_more(random: torch.Generator) -> None:
    rows = features(random, 40)
    found = torch.nn.functional.normalize(features(random, 500), dim=1)
    target = StrokeTarget.mixed([(rows, 0.8), (rows, 0.2)])
    assert float(target.masses.sum()) == pytest.approx(1)
    price = prices(found, target)
    # Equal places differ in price by what makes one four times as likely.
    gap = (price[40:] - price[:40]) / 0.05
    torch.testing.assert_close(gap.exp(), torch.full((40,), 4.0), rtol=1e-3, atol=0)


def test_choices_hold_for_eight_steps(random: torch.Generator) -> None:
    found = term(StrokeTarget.mixed([(features(random, 300), 1.0)]))
    for step in range(17):
        found.begin(step)
        assert found.is_renewing == (step % 8 == 0)
        before = found.state()["0.matches"].clone()
        distance_of(found, maps_of(features(random, SIZE[0] * SIZE[1])))
        is_same = torch.equal(before, found.state()["0.matches"])
        assert is_same != found.is_renewing


def test_a_new_term_chooses_at_whatever_step_it_begins(random: torch.Generator) -> None:
    found = term(StrokeTarget.mixed([(features(random, 30), 1.0)]))
    found.begin(5)
    assert found.is_renewing


def test_a_region_chooses_from_its_own_paintings(random: torch.Generator) -> None:
    one, two = features(random, 30), features(random, 30)
    targets = [[StrokeTarget.mixed([(rows, 1.0)])] for rows in (one, two)]
    halves = list(torch.arange(42).chunk(2))
    regions = [
        MatchedRegion(targets=each, weight=0.5, eligible=half)
        for each, half in zip(targets, halves, strict=True)
    ]
    both = StrokeTerm({LAYER: (1.0, None)}, regions, seed=0, is_rough=False)
    both.begin(0)
    maps = maps_of(torch.cat((one[:21], two[:21])))
    found = float(distance_of(both, maps))
    other = maps_of(torch.cat((two[:21], one[:21])))
    both.begin(0)
    assert found < 0.5 * float(distance_of(both, other))


def test_a_region_too_small_for_a_position_costs_nothing(
    random: torch.Generator,
) -> None:
    target = StrokeTarget.mixed([(features(random, 30), 1.0)])
    nowhere = torch.zeros(0, dtype=torch.long)
    region = MatchedRegion(targets=[target], weight=1.0, eligible=nowhere)
    found = StrokeTerm({LAYER: (1.0, None)}, [region], seed=0, is_rough=False)
    found.begin(0)
    assert float(distance_of(found, torch.rand(1, 5, *SIZE))) == 0


def test_tiles_rows_add_up_to_the_wholes(random: torch.Generator) -> None:
    maps = torch.randn(2, 5, *SIZE, generator=random)
    positions = torch.randint(42, (20,), generator=random)  # some twice
    tiles = cut(6, 7, tile_px=3, margin_px=0, grid_px=1)
    found = sum(rows_at(t.own(t.window(maps), 1), positions, 7, t, 1) for t in tiles)
    assert len(tiles) > 1
    assert torch.equal(torch.as_tensor(found), maps.flatten(2).mT[:, positions])


def test_what_was_chosen_can_be_taken_out_and_put_back(random: torch.Generator) -> None:
    target = StrokeTarget.mixed([(features(random, 300), 1.0)])
    maps = [maps_of(features(random, 42)) for _ in range(2)]
    one, two = term(target), term(target)
    one.begin(0)
    distance_of(one, maps[0])
    two.restore({name: each.clone() for name, each in one.state().items()})
    for each in (one, two):
        each.begin(1)
    assert torch.equal(distance_of(one, maps[1]), distance_of(two, maps[1]))
    with pytest.raises(KeyError):
        two.restore({})
