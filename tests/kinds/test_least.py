"""A kind that says no more than it must: the rest is what `JobKind` says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from pydantic import BaseModel, ConfigDict

from app.contract.inputs import Inputs
from app.contract.kind import JobKind, Kinds, Lane
from app.contract.kinds import KINDS
from app.contract.slots import Medium, Slot
from tests.app.conftest import ApiHarness
from tests.kinds.echo.test_http import run, update


class LeastParams(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    ticks: int = 3


@dataclass(frozen=True)
class LeastKind(JobKind[LeastParams, LeastParams]):
    name: str = "echo"  # which the tests' workers can do
    slots: tuple[Slot, ...] = (Slot(name="content", medium=Medium.ANY, least=1),)
    result_types: tuple[str, ...] = ("audio/x-echo",)
    sent: type[LeastParams] = LeastParams

    def resolve(self, sent: LeastParams, names: Iterable[str]) -> LeastParams:
        return sent

    def lane(self, params: LeastParams) -> Lane:
        return Lane.SHORT

    def work(self, params: LeastParams, inputs: Inputs) -> float:
        return 1.0


@pytest.fixture
def api() -> ApiHarness:
    return ApiHarness(kinds=Kinds((*KINDS, LeastKind())))


def submit(api: ApiHarness, **params: Any) -> Any:
    body = {"kind": "echo", "content": {"data": "aGk="}, "params": params}
    return api.client.post("/v1/jobs", json=body)


def test_it_is_submitted_run_shown_and_taken_again(api: ApiHarness) -> None:
    job_id = submit(api, ticks=2).json()["id"]
    run(api, job_id)
    job = api.client.get(f"/v1/jobs/{job_id}").json()
    assert job["params"] == {"ticks": 2}
    assert job["input"]["content"]["bytes"] == 2
    assert (job["progress"]["step"], job["progress"]["unit"]) == (3, update(3).unit)
    assert (job["result"]["echoes"], job["result"]["files"]) == (3, [])
    path = f"/v1/jobs/{job_id}/retry"
    again = api.client.post(path, json={"params": {"ticks": 5}}).json()
    assert again["params"] == {"ticks": 5}
    refused = api.client.patch(f"/v1/jobs/{again['id']}/controls", json={"ticks": 1})
    assert refused.json()["code"] == "not_changeable"


def test_it_is_told_and_estimated_by_its_parameters(api: ApiHarness) -> None:
    kind = api.client.get("/v1/capabilities").json()["kinds"]["echo"]
    assert (kind["limits"], kind["files"], kind["unit"]) == ({}, [], "steps")
    answer = api.client.post("/v1/estimates", json={"kind": "echo", "ticks": 4})
    assert (answer.status_code, answer.json()["samples"]) == (200, 0)
    document = api.client.get("/openapi.json").json()
    form = document["components"]["schemas"]["EchoJobForm"]
    assert Draft202012Validator(form["properties"]["ticks"]).is_valid(4)
