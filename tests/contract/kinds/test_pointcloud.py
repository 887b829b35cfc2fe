"""The kind `pointcloud`: what it takes, how much it is, and where it is offered."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.contract.inputs import Input
from app.contract.kind import Kinds, Lane, RefusedParams
from app.contract.kinds import KINDS
from app.contract.kinds.pointcloud.changes import CHANGEABLE
from app.contract.kinds.pointcloud.kind import POINTCLOUD
from app.contract.kinds.pointcloud.parameters import CloudParameters
from tests.stores.new_jobs import a_picture


def inputs(points: int = 50_000, gaussians: bool = False) -> dict[str, Input]:
    facts = {"points": points, "gaussians": gaussians, "format": "ply", "bytes": 1}
    cloud = Input(media_type="model/x-ply", sha256="ab" * 32, facts=facts)
    return {"content": cloud, "style/0": a_picture(), "style/1": a_picture()}


def parse(**params: Any) -> Any:
    return POINTCLOUD.parse({"seed": 1, **params}, inputs())


def test_all_values_are_filled_in_and_give_themselves_back() -> None:
    params = parse(preset="draft")
    assert (params.steps, params.style_weights) == (60, (1.0, 1.0))
    assert POINTCLOUD.parse(params.model_dump(mode="json"), inputs()) == params
    assert POINTCLOUD.draws(CloudParameters())
    assert CloudParameters.model_fields.keys() >= CHANGEABLE


@pytest.mark.parametrize(
    "wrong",
    [
        *({"views": 3}, {"views": 65}, {"view_size": 127}, {"view_size": 1025}),
        *({"views": 64, "view_size": 600}, {"up": "z"}, {"background": "grey"}),
        *({"steps": 0}, {"harmonics": "some"}, {"size": 512}, {"smoothness": 2}),
    ],
)
def test_values_out_of_their_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CloudParameters.model_validate(wrong)
    assert CloudParameters(views=64, view_size=512).view_size == 512


def test_there_is_a_weight_for_each_painting() -> None:
    with pytest.raises(RefusedParams, match="number of weights"):
        parse(style_weights=[1])


def test_points_are_not_divided() -> None:
    with pytest.raises(RefusedParams, match="Gaussian splats") as refused:
        parse(split=1)
    assert refused.value.code == "not_applicable"
    params = {"seed": 1, "split": 2}
    assert POINTCLOUD.parse(params, inputs(gaussians=True)).split == 2


def test_work_grows_with_steps_views_and_points() -> None:
    usual = POINTCLOUD.work(parse(), inputs())
    assert POINTCLOUD.lane(parse()) is Lane.LONG
    for params, more in (
        (parse(steps=400), inputs()),
        (parse(view_size=512), inputs()),
        (parse(), inputs(gaussians=True)),
        (parse(), inputs(points=100_000)),
    ):
        assert POINTCLOUD.work(params, more) > usual


def test_the_largest_view_is_the_largest_that_fits() -> None:
    assert POINTCLOUD.largest_size(inputs(), lambda units: units <= 300**2) == 300
    assert POINTCLOUD.largest_size(inputs(), lambda units: False) is None


def test_alike_jobs_are_near_each_other() -> None:
    ours = POINTCLOUD.traits(parse(), inputs())
    assert POINTCLOUD.closeness(ours, ours) == 1
    twice = POINTCLOUD.traits(parse(), inputs(points=100_000))
    assert POINTCLOUD.closeness(twice, ours) == pytest.approx(0.5**0.5)
    splats = POINTCLOUD.traits(parse(), inputs(gaussians=True))
    assert (POINTCLOUD.unlikeness(splats, ours), POINTCLOUD.unlikeness(ours, ours)) == (
        1,
        0,
    )


def test_it_is_offered_where_its_modules_are() -> None:
    class Unknown(type(POINTCLOUD)):  # type: ignore[misc]
        modules = ("there_is_no_such_module",)

    assert "pointcloud" in [kind.name for kind in KINDS.installed()]
    assert [*Kinds((Unknown(modules=("no_such_module",)),)).installed()] == []


def test_a_branch_takes_further_steps_within_the_bounds() -> None:
    old = parse(steps=100)
    further = POINTCLOUD.branched(old, 100, {"smoothness": 1.0}, 20)
    assert [*further.changes] == [{"at_step": 100, "smoothness": 1.0, "steps": 120}]
    as_many = POINTCLOUD.branched(old, 50, {"smoothness": 1.0}, None)
    assert [*as_many.changes] == [{"at_step": 50, "smoothness": 1.0}]
    assert further.steps == as_many.steps == 100
    with pytest.raises(RefusedParams, match="2000 steps in all") as refused:
        POINTCLOUD.branched(old, 100, {}, 1901)
    assert refused.value.limit == 1900
