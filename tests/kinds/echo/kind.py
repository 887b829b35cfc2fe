"""A kind that no room knows: it gives back the bytes that it got, tick by tick."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.contract.artifacts import FileView
from app.contract.engines import Engines
from app.contract.inputs import Facts, Input, Inputs
from app.contract.kind import BodyExample, Lane, Needs, RefusedParams, Views
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
class EchoKind:
    name: str = "echo"
    slots: tuple[Slot, ...] = (
        Slot(name="content", medium=Medium.ANY, least=1),
        Slot(name="note", plural="notes", medium=Medium.ANY, most=3),
    )
    changeable: frozenset[str] = frozenset({"volume"})
    unit: str = "ticks"
    metrics: tuple[str, ...] = ("level",)
    result_types: tuple[str, ...] = ("audio/x-echo",)
    files: tuple[str, ...] = ("score.json",)
    sent: type[EchoSent] = EchoSent
    engines: Engines = field(default_factory=dict)
    examples: tuple[BodyExample, ...] = ()
    estimate: type[EchoEstimate] = EchoEstimate

    def version(self, params: EchoSent) -> int:
        return 7

    @property
    def views(self) -> Views:
        return Views(EchoSent, EchoInput, EchoProgress, EchoResult, EchoRow)

    @property
    def limits(self) -> EchoLimits:
        return EchoLimits()

    def facts(self, networks: Sequence[str]) -> EchoFacts:
        return EchoFacts()

    @property
    def refusal_codes(self) -> Mapping[tuple[str, str], str]:
        return {}

    def planned(self, asked: EchoEstimate) -> tuple[EchoSent, Inputs]:
        facts = {"seconds": asked.seconds}
        return asked.params, {"content": Input(media_type="", sha256="", facts=facts)}

    def check(self, sent: EchoSent, names: Iterable[str]) -> None:
        if sent.ticks == 13 and "note/0" in names:
            raise RefusedParams("/params/ticks", "13 ticks take no note.")

    def resolve(self, sent: EchoSent, names: Iterable[str]) -> EchoSent:
        return sent

    def parse(self, params: Mapping[str, JsonValue], inputs: Inputs) -> EchoSent:
        sent = EchoSent.model_validate(params)
        self.check(sent, inputs)
        return sent

    def network(self, sent: EchoSent) -> str | None:
        return None

    def side_px(self, sent: EchoSent) -> int:
        return 0

    def draws(self, sent: EchoSent) -> bool:
        return False

    def overridden(
        self, old: EchoSent, changes: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        return {**old.model_dump(mode="json"), **changes}

    def used(self, sent: EchoSent, inputs: Inputs) -> Inputs:
        return inputs

    def lane(self, params: EchoSent) -> Lane:
        return Lane.SHORT

    def work(self, params: EchoSent, inputs: Inputs) -> float:
        return float(params.ticks)

    def needs(self, params: EchoSent, inputs: Inputs) -> Needs:
        return Needs()

    def largest_size(self, inputs: Inputs, fits: Callable[[int], bool]) -> int | None:
        return None

    def result_facts(self, params: EchoSent, inputs: Inputs) -> Facts:
        return {"echoes": params.ticks}

    def traits(self, params: EchoSent, inputs: Inputs) -> Facts:
        return {"ticks": params.ticks}

    def unlikeness(self, theirs: Facts, ours: Facts) -> int:
        return int(theirs["ticks"] != ours["ticks"])

    def closeness(self, theirs: Facts, ours: Facts) -> float:
        return 1.0


ECHO = EchoKind()
