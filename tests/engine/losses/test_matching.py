"""Places choose places: over hypercolumns, in both directions, like from like."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.engine.conftest import hills, strokes
from worker.engine import StyleEngine, StylizeOptions
from worker.engine.losses.choice import StrokeTarget, nearest
from worker.engine.losses.kinds import averaged_around, directions, joint_kinds
from worker.engine.losses.matching import guided
from worker.engine.losses.sampling import carried
from worker.engine.losses.strokes import MatchedRegion, StrokeTerm
from worker.engine.styles import Style

COUNT, PARTS = 24, {"relu3_1": 0.25, "relu4_1": 0.75}


def features(random: torch.Generator, count: int = COUNT) -> dict[str, Tensor]:
    return {
        layer: torch.randn(count, channels, generator=random, dtype=torch.float64)
        for layer, channels in zip(PARTS, (4, 6), strict=True)
    }


def target_of(rows: dict[str, Tensor]) -> StrokeTarget:
    layers = [StrokeTarget.mixed([(rows[layer], 1.0)]) for layer in PARTS]
    return StrokeTarget.joined(layers, list(PARTS.values()))


def term_of(target: StrokeTarget, *, is_mutual: bool) -> StrokeTerm:
    region = MatchedRegion(targets=[target], weight=1.0, eligible=torch.arange(COUNT))
    term = StrokeTerm(
        {layer: (part, None) for layer, part in PARTS.items()},
        [region],
        seed=0,
        is_rough=False,
        is_mutual=is_mutual,
    )
    term.begin(0)
    return term


def distance(term: StrokeTerm, rows: dict[str, Tensor]) -> Tensor:
    chosen = term.positions()
    return term.distance({layer: rows[layer][chosen[layer]][None] for layer in rows})


def test_both_directions_are_those_of_the_relaxed_transport(
    random: torch.Generator,
) -> None:
    found, wanted = features(random), features(random, 15)
    columns = []
    for rows in (found, wanted):
        parts = []
        for layer, part in PARTS.items():
            centred = rows[layer].numpy() - rows[layer].numpy().mean(axis=0)
            lengths = np.linalg.norm(centred, axis=1, keepdims=True)
            parts.append(part**0.5 * centred / lengths)
        columns.append(np.concatenate(parts, axis=1))
    costs = 1 - columns[0] @ columns[1].T
    wanted_distance = max(costs.min(axis=1).mean(), costs.min(axis=0).mean())
    term = term_of(target_of(wanted), is_mutual=True)
    assert float(distance(term, found)) == pytest.approx(wanted_distance, abs=1e-6)


@pytest.mark.parametrize("is_mutual", [False, True])
def test_the_order_of_a_paintings_places_does_not_count(
    random: torch.Generator, *, is_mutual: bool
) -> None:
    found, wanted = features(random), features(random, 15)
    order = torch.randperm(15, generator=random)
    turned = {layer: rows[order] for layer, rows in wanted.items()}
    one, two = (
        float(distance(term_of(target_of(rows), is_mutual=is_mutual), found))
        for rows in (wanted, turned)
    )
    assert one == pytest.approx(two, abs=1e-8)


@pytest.mark.parametrize("is_mutual", [False, True])
def test_its_slopes_are_exact(random: torch.Generator, *, is_mutual: bool) -> None:
    term = term_of(target_of(features(random, 15)), is_mutual=is_mutual)
    found = features(random)
    distance(term, found)
    term.begin(1)  # the choice holds
    leaves = [rows[None].requires_grad_() for rows in found.values()]

    def loss(*rows: Tensor) -> Tensor:
        return term.distance(dict(zip(PARTS, rows, strict=True)))

    assert torch.autograd.gradcheck(loss, leaves)


def test_a_shallow_layers_features_are_those_of_the_same_places() -> None:
    # 2 x 3 places at stride 8 of a picture of 12 x 20 px, whose maps at 4 are 3 x 5.
    found = carried(torch.arange(6), (2, 3), (3, 5), (16, 8))
    assert found.tolist() == [6, 8, 9, 11, 13, 14]


def two_kinds(random: torch.Generator, count: int, share: float) -> Tensor:
    """The first part of the places points one way, the others another."""
    middles = torch.eye(8)[:2]
    first = int(count * share)
    rows = torch.cat(
        (middles[:1].expand(first, 8), middles[1:].expand(count - first, 8))
    )
    return rows + 0.1 * torch.randn(count, 8, generator=random)


def test_kinds_are_shared_by_both_pictures(random: torch.Generator) -> None:
    one, two = two_kinds(random, 200, 0.5), two_kinds(random, 100, 0.3)
    found, wanted = joint_kinds(directions(one), directions(two), seed=0)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(200))
    likes = found @ wanted.T
    assert float(likes[:100, 30:].max()) < 0.2
    assert float(likes[100:, :30].max()) < 0.2
    assert float(likes[:100, :30].mean()) > 3 * float(likes[:100, 30:].mean())
    again = joint_kinds(directions(one), directions(two), seed=0)
    assert torch.equal(found, again[0])


def test_surroundings_tell_kinds_apart_that_are_alike_from_near(
    random: torch.Generator,
) -> None:
    """Two halves of noise whose means differ by less than the noise itself."""
    rows = torch.randn(24, 24, 8, generator=random)
    rows[:, :12] += 0.4
    rows[:, 12:] -= 0.4
    around = averaged_around(rows.flatten(0, 1), torch.arange(24 * 24), 24, 24)
    kinds, _ = joint_kinds(*2 * (directions(around),), seed=0)
    own = kinds.argmax(dim=1).reshape(24, 24)
    left, right = own[:, :8].flatten(), own[:, 16:].flatten()
    assert not {*left.tolist()} & {*right.tolist()}
    near, _ = joint_kinds(*2 * (directions(rows.flatten(0, 1)),), seed=0)
    mixed = near.argmax(dim=1).reshape(24, 24)
    assert {*mixed[:, :8].flatten().tolist()} & {*mixed[:, 16:].flatten().tolist()}


def test_what_varies_little_counts_as_much_and_what_is_even_for_nothing() -> None:
    at = torch.arange(64)
    rows = torch.stack(((at % 8) * 1.0, (at // 8) * 0.5, 0 * at + 3.0), dim=1)
    found = averaged_around(rows, at, 8, 8)
    deviations = found.std(dim=0, correction=0)
    torch.testing.assert_close(deviations, torch.tensor([1.0, 1.0, 0.0]))
    assert found.isfinite().all()


@pytest.mark.parametrize("count", [1, 3, 50])
def test_an_even_picture_is_of_some_kind(count: int) -> None:
    even = directions(torch.ones(count, 4))
    for kinds in joint_kinds(even, directions(torch.rand(9, 4)), seed=1):
        assert bool(torch.isfinite(kinds).all())


def test_like_chooses_like_although_another_is_nearer() -> None:
    found, wanted = torch.eye(2), torch.eye(2)
    kinds = torch.eye(2)
    free = nearest(found, wanted, torch.zeros(2), torch.float32)
    crossed = (kinds, kinds.flip(0))
    told = nearest(found, wanted, torch.tensor([0.1, 0.0]), torch.float32, crossed)
    assert (free.tolist(), told.tolist()) == ([0, 1], [1, 1])


def test_a_painting_is_used_as_the_photograph_has_kinds(
    random: torch.Generator,
) -> None:
    content = two_kinds(random, 100, 0.7)[:, :2]
    rows = two_kinds(random, 100, 0.3)[:, :2]
    around = averaged_around(rows, torch.arange(100), 10, 10)
    target = StrokeTarget.mixed([(rows, 1.0)], [(around, 1.0)])
    region = MatchedRegion(targets=[target], weight=1.0, eligible=torch.arange(100))
    maps = content.T.reshape(1, 2, 10, 10)
    (made,) = guided(region, maps, [target], seed=0).targets
    assert float(target.masses[:30].sum()) == pytest.approx(0.3)
    assert float(made.masses[:30].sum()) == pytest.approx(0.7, abs=0.1)
    assert float(made.masses.sum()) == pytest.approx(1)


@pytest.mark.parametrize("loss", ["nearest", "optimal_transport"])
def test_a_job_goes_on_in_the_same_bytes_with_masks_and_several_paintings(
    small_engine: StyleEngine, loss: str
) -> None:
    styles = [
        Style(image=strokes(), mask=hills().convert("L")),
        Style(image=hills(70, 90)),
    ]
    options = StylizeOptions(
        size_px=72, rungs=((64, 9), (72, 4)), style_loss=loss, guidance="auto"
    )
    states = []
    for step in small_engine.stylize(hills(), styles, options, report_interval_s=0):
        states.append(step.state())
        picture = step.picture().tobytes()
    assert [s.rung for s in states] == [0] * 9 + [1] * 4
    assert all(one.step != two.step for one, two in pairwise(states[:9]))
    for number in (2, 8, 11):
        for step in small_engine.stylize(
            hills(), styles, options, resume_from=states[number]
        ):
            again = step.picture().tobytes()
        assert again == picture, number


@pytest.mark.parametrize("loss", ["nearest", "optimal_transport"])
def test_even_pictures_have_a_defined_result(
    small_engine: StyleEngine, loss: str
) -> None:
    even = Image.new("RGB", (64, 48), (90, 120, 150))
    options = StylizeOptions(
        size_px=64, rungs=((64, 3),), style_loss=loss, guidance="auto"
    )
    for content, style in ((even, strokes()), (hills(), even), (even, even)):
        for step in small_engine.stylize(content, style, options, report_interval_s=0):
            assert np.isfinite(step.losses.total)
            assert step.picture().size[0] == 64
