"""Runs an echo: gives its input back after so many ticks, and tells what it heard."""

import io
import json
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from PIL import Image

from app.contract.artifacts import RESULT
from app.contract.inputs import Inputs
from app.contract.jobs import Reproducibility
from app.contract.updates import Update
from app.contract.workers import WorkerInfo
from tests.kinds.echo.kind import ECHO, EchoSent
from worker.runners.control import Control
from worker.runners.runner import (
    FinishedFile,
    Jpeg,
    Order,
    Runner,
    StateRefusedError,
)


@dataclass(frozen=True)
class EchoTick:
    sound: bytes
    media_type: str
    total: int
    volumes: tuple[float, ...]
    elapsed_s: float
    stopped_early: bool

    @property
    def is_last(self) -> bool:
        return self.stopped_early or len(self.volumes) == self.total

    @property
    def update(self) -> Update:
        return Update(
            fraction=len(self.volumes) / self.total,
            unit=ECHO.unit,
            step=len(self.volumes),
            total_steps=self.total,
            metrics={"level": self.volumes[-1]},
            details={"heard": len(self.sound)},
            elapsed_seconds=self.elapsed_s,
            updated_at=datetime.now(UTC),
        )

    def preview(self) -> Callable[[], Jpeg]:
        return _flat_line

    def state(self) -> Callable[[], bytes]:
        return json.dumps(self.volumes).encode

    def artifacts(self) -> Mapping[str, FinishedFile]:
        levels = json.dumps(self.volumes).encode()
        return {
            RESULT: FinishedFile(
                media_type=self.media_type,
                to_bytes=lambda: self.sound,
                facts={"echoes": len(self.volumes)},
            ),
            "levels.json": FinishedFile(
                media_type="application/json", to_bytes=lambda: levels, facts={}
            ),
        }


@dataclass
class EchoRunner(Runner[EchoSent]):
    """Takes `tick_s` a tick; what is named in `before` is done before that tick."""

    tick_s: float = 0.0
    before: dict[int, Callable[[Control], None]] = field(default_factory=dict)
    #: Of each run, how many ticks it did not have to take.
    resumed: list[int] = field(default_factory=list)

    def run(
        self, order: Order[EchoSent], control: Control, resume: bytes | None
    ) -> Generator[EchoTick, None, None]:
        volumes = () if resume is None else _volumes_of(resume)
        self.resumed.append(len(volumes))
        sound, volume = order.read("content"), order.params.volume
        began_s = time.monotonic()
        while len(volumes) < order.params.ticks:
            self.before.get(len(volumes) + 1, _nothing)(control)
            time.sleep(self.tick_s)
            control.check()
            volume = float(control.changes().get("volume", volume))  # type: ignore[arg-type]  # the kind lets numbers pass
            volumes = (*volumes, volume)
            is_finishing = control.is_finishing
            yield EchoTick(
                sound,
                order.inputs["content"].media_type,
                order.params.ticks,
                volumes,
                time.monotonic() - began_s,
                is_finishing,
            )
            if is_finishing:
                return

    def reproducibility(self, params: EchoSent, inputs: Inputs) -> Reproducibility:
        return Reproducibility(
            algorithm="echo@7",
            weights_sha256="",
            device="cpu",
            precision="none",
            threads=1,
            torch="none",
            deterministic=True,
        )

    def info(self, name: str) -> WorkerInfo:
        return WorkerInfo(name=name, device="cpu")


def _volumes_of(state: bytes) -> tuple[float, ...]:
    """Return the volume of each tick that was taken."""
    try:
        return tuple(json.loads(state))
    except ValueError as error:
        raise StateRefusedError(str(error)) from error


def _flat_line() -> Jpeg:
    file = io.BytesIO()
    Image.new("L", (2, 1)).save(file, "JPEG")
    return Jpeg(file.getvalue(), 2, 1)


def load_echo(settings: object) -> dict[str, EchoRunner]:
    """Load what a worker runs that can echo and nothing else."""
    return {ECHO.name: EchoRunner()}


def _nothing(_: Control) -> None:
    pass
