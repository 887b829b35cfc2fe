"""A kind that no room knows: it gives back the bytes that it got, tick by tick."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.contract.artifacts import FileView
from app.contract.inputs import Facts, Input, Inputs
from app.contract.kind import JobKind, Lane, RefusedParams, Views
from app.contract.slots import Medium, Slot


class EchoSent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    ticks: int = Field(default=3, ge=1, le=100)
    volume: float = Field(default=1.0, ge=0, le=2)


class EchoInput(BaseModel):
    content: dict[str, Any]
    notes: list[dict[str, Any] | None] = []


class EchoProgress(BaseModel):
    fraction: float
    step: int
    total_steps: int
    unit: str
    scale: int
    total_scales: int
    loss: dict[str, float] | None
    heard: int
    steps_per_second: float
    elapsed_seconds: float
    eta_seconds: float
    updated_at: datetime


class EchoResult(BaseModel):
    url: str
    media_type: str
    bytes: int
    sha256: str
    stopped_early: bool
    expires_at: datetime | None
    expired: bool
    files: list[FileView]
    echoes: int


class EchoRow(BaseModel):
    step: int
    scale: int
    level: float


class EchoLimits(BaseModel):
    max_ticks: int = 100


class EchoFacts(BaseModel):
    hall: str = "large"


class EchoEstimate(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = Field(ge=0)
    params: EchoSent = EchoSent()


@dataclass(frozen=True)
class EchoKind(JobKind[EchoSent, EchoSent]):
    name: str = "echo"
    slots: tuple[Slot, ...] = (
        Slot(name="content", medium=Medium.ANY, least=1),
        Slot(name="note", plural="notes", medium=Medium.ANY, most=3),
    )
    unit: str = "ticks"
    batches: bool = True
    metrics: tuple[str, ...] = ("level",)
    result_types: tuple[str, ...] = ("audio/x-echo",)
    files: tuple[str, ...] = ("score.json",)
    sent: type[EchoSent] = EchoSent
    estimate: type[EchoEstimate] = EchoEstimate

    def version(self, params: EchoSent) -> int:
        return 7

    def changeable(self, params: EchoSent) -> frozenset[str]:
        return frozenset({"volume"})

    @property
    def views(self) -> Views:
        return Views(EchoSent, EchoInput, EchoProgress, EchoResult, EchoRow)

    @property
    def limits(self) -> EchoLimits:
        return EchoLimits()

    def facts(self, networks: Sequence[str]) -> EchoFacts:
        return EchoFacts()

    def planned(self, asked: EchoEstimate) -> tuple[EchoSent, Inputs]:
        facts = {"seconds": asked.seconds}
        return asked.params, {"content": Input(media_type="", sha256="", facts=facts)}

    def check(self, sent: EchoSent, names: Iterable[str]) -> None:
        if sent.ticks == 13 and "note/0" in names:
            raise RefusedParams("/params/ticks", "13 ticks take no note.")

    def resolve(self, sent: EchoSent, names: Iterable[str]) -> EchoSent:
        return sent

    def branched(
        self,
        old: EchoSent,
        at_step: int,
        changes: Mapping[str, JsonValue],
        further_steps: int | None,
    ) -> EchoSent:
        ticks = old.ticks if further_steps is None else at_step + further_steps
        values = {**old.model_dump(), **changes, "ticks": ticks}
        return EchoSent.model_validate(values)

    def lane(self, params: EchoSent) -> Lane:
        return Lane.SHORT

    def work(self, params: EchoSent, inputs: Inputs) -> float:
        return float(params.ticks)

    def result_facts(self, params: EchoSent, inputs: Inputs) -> Facts:
        return {"echoes": params.ticks}

    def traits(self, params: EchoSent, inputs: Inputs) -> Facts:
        return {"ticks": params.ticks}

    def unlikeness(self, theirs: Facts, ours: Facts) -> int:
        return int(theirs["ticks"] != ours["ticks"])


ECHO = EchoKind()
