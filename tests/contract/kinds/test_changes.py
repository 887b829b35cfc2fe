"""What changes on a job's way, in each kind that has it: sent, told, branched."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.contract.changes import CHANGES, MAX_CHANGES, changed_at, steps_in_all
from app.contract.inputs import Input
from app.contract.kind import AnyKind, RefusedParams
from app.contract.kinds import KINDS
from tests.stores.new_jobs import a_picture

PICTURE = a_picture()
CLIP = Input(
    media_type="video/mp4",
    sha256="ab" * 32,
    facts={"width": 64, "height": 64, "frames": 9, "duration_seconds": 1.0},
)
CLOUD = Input(
    media_type="model/x-ply",
    sha256="ab" * 32,
    facts={"points": 600, "gaussians": False},
)
INPUTS = {
    "image": {"content": PICTURE, "style/0": PICTURE},
    "video": {"content": CLIP, "style/0": PICTURE},
    "pointcloud": {"content": CLOUD, "style/0": PICTURE},
    "training": {"style/0": PICTURE},
}
#: A kind, and its engine.
WAYS = [
    ("image", {}),
    ("video", {}),
    ("video", {"engine": "optimize"}),
    ("pointcloud", {}),
    ("training", {}),
]


def kind_of(name: str) -> AnyKind:
    return next(kind for kind in KINDS if kind.name == name)


def parse(name: str, /, **params: Any) -> Any:
    return kind_of(name).parse(params, INPUTS[name])


@pytest.mark.parametrize(("name", "engine"), WAYS)
def test_all_that_may_change_may_be_sent_before(
    name: str, engine: dict[str, Any]
) -> None:
    plain = parse(name, **engine)
    told = plain.model_dump(mode="json")
    values = {each: told[each] for each in kind_of(name).changeable(plain)}
    sent = [{"at_step": 3, **values}]
    params = parse(name, **told | {CHANGES: sent})
    assert params.model_dump(mode="json")[CHANGES] == sent
    assert kind_of(name).parse(params.model_dump(mode="json"), INPUTS[name]) == params


@pytest.mark.parametrize(("name", "engine"), WAYS)
@pytest.mark.parametrize(
    "wrong",
    [
        [{"at_step": 2}, {"at_step": 2}],
        [{"at_step": -1}],
        [{"style_strength": 0.5}],
        [{"at_step": 1, "seed": 3}],
        [{"at_step": 1, "style_strength": 1.1}],
        [{"at_step": step} for step in range(MAX_CHANGES + 1)],
    ],
)
def test_what_cannot_change_so_is_refused(
    name: str, engine: dict[str, Any], wrong: list[dict[str, Any]]
) -> None:
    with pytest.raises(ValidationError):
        parse(name, **engine, changes=wrong)


@pytest.mark.parametrize(("name", "engine"), WAYS)
def test_a_branch_tells_the_whole_way(name: str, engine: dict[str, Any]) -> None:
    kind = kind_of(name)
    before = [{"at_step": 1, "style_strength": 0.2}]
    old = parse(name, **engine, changes=before)
    new = kind.branched(old, 4, {"style_strength": 0.9}, None)
    assert new.style_strength == old.style_strength
    assert [*new.changes] == [*before, {"at_step": 4, "style_strength": 0.9}]
    assert kind.branched(old, 4, {}, None) == old


def test_no_more_changes_are_told_than_may_be_sent() -> None:
    many = [{"at_step": step, "style_strength": 0.1} for step in range(MAX_CHANGES)]
    old = parse("training", changes=many)
    assert changed_at(old, 9, {"style_strength": 1.0}).changes[9]["style_strength"] == 1
    with pytest.raises(RefusedParams, match="one more"):
        changed_at(old, MAX_CHANGES, {"style_strength": 1.0})


@pytest.mark.parametrize("name", ["pointcloud", "training"])
def test_steps_that_come_later_are_work(name: str) -> None:
    kind = kind_of(name)
    changes = [{"at_step": 2, "steps": 60}, {"at_step": 3, "style_strength": 0.1}]
    short, longer = parse(name, steps=20), parse(name, steps=20, changes=changes)
    assert steps_in_all(longer.steps, longer.changes) == 60
    whole = parse(name, steps=60)
    assert kind.work(longer, INPUTS[name]) == kind.work(whole, INPUTS[name])
    assert kind.work(short, INPUTS[name]) < kind.work(longer, INPUTS[name])


def test_only_a_cloud_that_is_painted_changes() -> None:
    with pytest.raises(RefusedParams, match="changes is for mode paint"):
        parse("pointcloud", mode="palette", changes=[{"at_step": 1}])
