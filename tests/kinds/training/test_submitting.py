"""Trainings are submitted, refused, shown and estimated; nothing is computed here."""

from typing import Any

import pytest

from app.contract.inputs import Input
from app.contract.keys import Scope
from app.contract.kind import Lane, RefusedParams
from app.contract.kinds.training.kind import STYLE, TRAINING, start_pack
from app.contract.kinds.training.parameters import TrainingParameters
from tests.app.conftest import PICTURE as PAINTING
from tests.app.conftest import ApiHarness

PICTURE = Input(
    media_type="image/png", sha256="ab" * 32, facts={"width": 64, "height": 48}
)


@pytest.fixture
def api() -> ApiHarness:
    return ApiHarness()


def send(api: ApiHarness, headers: dict[str, str] | None = None, **params: str) -> Any:
    return api.client.post(
        "/v1/jobs",
        files={"style": PAINTING},
        data={"kind": "training", **params},
        headers=headers,
    )


def test_one_is_accepted_with_every_value_filled_in(api: ApiHarness) -> None:
    job = send(api, name="waves", steps="40").json()
    assert (job["kind"], job["status"]) == ("training", "queued")
    params = job["params"]
    assert (params["name"], params["steps"]) == ("waves", 40)
    assert (params["dataset"], params["start_from"]) == ("builtin", "nearest")
    assert (params["train"], params["crop_size"], params["publish"]) == (
        "all",
        128,
        "gated",
    )
    assert [each["width"] > 0 for each in job["input"]["styles"]] == [True]
    assert api.ledger.get(job["id"]).lane is Lane.LONG


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"dataset": "mine"}, "unknown_dataset"),
        ({"steps": "200001"}, "out_of_range"),
        ({"crop_size": "130"}, "invalid_value"),
        ({"learning_rate": "1"}, "out_of_range"),
        ({"start_from": "pack"}, "style_has_no_pack"),
        ({"size": "512"}, "not_applicable"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    api: ApiHarness, params: dict[str, str], code: str
) -> None:
    answer = send(api, **params)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert api.ledger.queue_depth() == 0


def test_there_must_be_just_one_painting(api: ApiHarness) -> None:
    two: Any = [("style", PAINTING), ("style", PAINTING), ("kind", (None, "training"))]
    for files in (two, two[2:]):
        assert api.client.post("/v1/jobs", files=files).status_code == 422


def test_who_may_publish_nothing_may_train_for_himself(api: ApiHarness) -> None:
    key = api.key(Scope.JOBS_WRITE, Scope.JOBS_READ)
    refused = send(api, key)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert send(api, key, publish="never").status_code == 202
    both = api.key(Scope.JOBS_WRITE, Scope.JOBS_READ, Scope.STYLES_WRITE)
    assert send(api, both).status_code == 202


def test_some_parameters_change_while_it_runs(api: ApiHarness) -> None:
    url = f"/v1/jobs/{send(api).json()['id']}/controls"
    assert api.client.patch(url, json={"steps": 50}).status_code == 202
    refused = api.client.patch(url, json={"crop_size": 64}).json()
    assert refused["code"] == "not_changeable"
    assert refused["allowed"] == sorted(TRAINING.changeable(TrainingParameters()))


def test_work_grows_with_steps_pieces_and_their_size() -> None:
    inputs = {STYLE: PICTURE}
    params = TRAINING.parse({}, inputs)
    work = TRAINING.work(params, inputs)
    for changes in ({"steps": 600}, {"batch_size": 4}):
        more = TRAINING.parse(changes, inputs)
        assert TRAINING.work(more, inputs) == pytest.approx(2 * work)
    assert TRAINING.takes_hours


def test_it_begins_with_the_pack_of_the_start_or_of_the_style() -> None:
    pack = PICTURE.model_copy(update={"media_type": "application/x-safetensors"})
    assert start_pack({STYLE: PICTURE}) is None
    assert start_pack({STYLE: PICTURE, "pack/0": pack}) == "pack/0"
    both = {STYLE: PICTURE, "pack/0": pack, "start": PICTURE, "start_pack": pack}
    assert start_pack(both) == "start_pack"
    with pytest.raises(RefusedParams, match="start_from=pack"):
        TRAINING.parse({}, {STYLE: PICTURE, "start": PICTURE})


def test_only_what_the_gate_lets_through_is_published() -> None:
    params = TRAINING.parse({"name": "waves", "license": "CC0"}, {STYLE: PICTURE})
    told = TRAINING.published(params, {"training": {"published": True}})
    assert told is not None
    assert (told.title, told.license, told.picture) == ("waves", "CC0", STYLE)
    assert TRAINING.published(params, {"training": {"published": False}}) is None
