"""A runner of pictures without torch: makes grey ones, and does as it is told."""

import io
import re
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from PIL import Image

from app.contract.artifacts import RESULT
from app.contract.inputs import Inputs
from app.contract.jobs import Reproducibility
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.updates import Update
from app.contract.workers import MemoryNeed, WorkerInfo
from worker.runners.control import Control
from worker.runners.runner import (
    FinishedFile,
    Jpeg,
    Order,
    Runner,
    StateRefusedError,
)


@dataclass(frozen=True)
class FakeTick:
    step: int
    total_steps: int
    elapsed_s: float = 1.0
    width: int = 64
    height: int = 48
    stage: int = 1
    total_stages: int = 1
    total_loss: float = 3.0
    stopped_early: bool = False

    @property
    def is_last(self) -> bool:
        return self.step == self.total_steps or self.stopped_early

    @property
    def update(self) -> Update:
        content = self.total_loss - 2.0
        return Update(
            fraction=1.0 if self.is_last else self.step / self.total_steps,
            step=self.step,
            total_steps=self.total_steps,
            stage=self.stage,
            total_stages=self.total_stages,
            metrics={
                "total": self.total_loss,
                "content": content,
                "style": 1.5,
                "tv": 0.5,
            },
            details={"width": self.width, "height": self.height},
            elapsed_seconds=self.elapsed_s,
            updated_at=datetime.now(UTC),
        )

    def preview(self) -> Callable[[], Jpeg]:
        size = self.width, self.height
        return lambda: Jpeg(grey(*size, "JPEG"), *size)

    def state(self) -> Callable[[], bytes]:
        return f"step {self.step} of {self.total_steps}".encode

    def artifacts(self) -> Mapping[str, FinishedFile]:
        return {
            RESULT: FinishedFile(
                media_type="image/png",
                to_bytes=lambda: grey(self.width, self.height, "PNG"),
                facts={"width": self.width, "height": self.height},
            )
        }


@dataclass
class FakeRunner(Runner[ResolvedParameters]):
    """Takes `step_s` for each step; before the step of that number it raises."""

    step_s: float = 0.0
    scales: int = 1
    raises: dict[int, BaseException] = field(default_factory=dict)
    #: Takes its steps without a sign of life.
    hangs: bool = False
    closed: int = 0
    infos: int = 0
    orders: list[Order[ResolvedParameters]] = field(default_factory=list)
    #: Of each run, how many steps it did not have to take.
    resumed: list[int] = field(default_factory=list)
    device: str = "cpu"

    @property
    def painted(self) -> list[ResolvedParameters]:
        return [order.params for order in self.orders]

    def run(
        self, order: Order[ResolvedParameters], control: Control, resume: bytes | None
    ) -> Generator[FakeTick, None, None]:
        params = order.params
        self.orders.append(order)
        files = {name: order.read(name) for name in order.inputs}
        width, height = Image.open(io.BytesIO(files["content"])).size
        steps = params.steps or sum(steps for _, steps in params.rungs or ())
        taken = 0 if resume is None else _taken(resume, steps)
        self.resumed.append(taken)
        began_s = time.monotonic()
        try:
            for step in range(taken + 1, steps + 1):
                if step in self.raises:
                    raise self.raises[step]
                self._take_step(control)
                ends = control.is_finishing
                yield FakeTick(
                    step,
                    steps,
                    elapsed_s=time.monotonic() - began_s,
                    width=width,
                    height=height,
                    stage=-(-step * self.scales // steps),
                    total_stages=self.scales,
                    total_loss=2 + 1 / step,
                    stopped_early=ends,
                )
                if ends:
                    return
        finally:
            self.closed += 1

    def _take_step(self, control: Control) -> None:
        end_s = time.monotonic() + self.step_s
        while not self.hangs and time.monotonic() < end_s - 0.01:
            control.check()
            time.sleep(0.01)
        time.sleep(max(0.0, end_s - time.monotonic()))
        control.check()

    def is_predictable(self, params: ResolvedParameters) -> bool:
        return not params.early_stop

    def reproducibility(
        self, params: ResolvedParameters, inputs: Inputs
    ) -> Reproducibility:
        return Reproducibility(
            algorithm="fake@1",
            weights_sha256="0" * 64,
            device=self.device,
            precision="float32",
            threads=1,
            torch="none",
            deterministic=True,
        )

    def peak_memory_bytes(self) -> int | None:
        return None

    def info(self, name: str) -> WorkerInfo:
        self.infos += 1
        return WorkerInfo(
            name=name,
            device="fake",
            memory_free_bytes=1000 - self.infos,
            memory_needs={"whole": MemoryNeed(base_bytes=1, bytes_per_pixel=2.0)},
        )

    def process_bytes(self) -> int | None:
        return 7


def grey(width: int, height: int, form: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "grey").save(file, form)
    return file.getvalue()


def _taken(state: bytes, total_steps: int) -> int:
    """Return the steps that a state of such a job has behind it."""
    found = re.fullmatch(rb"step (\d+) of (\d+)", state)
    if found is None or int(found[2]) != total_steps:
        raise StateRefusedError("no state of this job")
    return int(found[1])
