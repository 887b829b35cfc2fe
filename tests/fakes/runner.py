"""A runner without torch: paints grey, step by step, and does as it is told."""

import re
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from threading import Event

from PIL import Image

from app.contract.jobs import Reproducibility
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.workers import MemoryNeed, WorkerInfo
from worker.runners.runner import (
    CheckpointRefusedError,
    ImageInputs,
    PaintingInterruptedError,
)


@dataclass(frozen=True)
class FakeLosses:
    total: float = 3.0
    content: float = 1.0
    style: float = 1.5
    total_variation: float = 0.5


@dataclass(frozen=True)
class FakeState:
    """What a fake runner can go on from: a step of a job of so many."""

    step: int
    total_steps: int

    def to_bytes(self) -> bytes:
        return f"step {self.step} of {self.total_steps}".encode()


@dataclass(frozen=True)
class FakeStep:
    step: int
    total_steps: int
    width_px: int
    height_px: int
    elapsed_s: float
    scale: int = 1
    total_scales: int = 1
    losses: FakeLosses = FakeLosses()
    stopped_early: bool = False

    @property
    def is_last(self) -> bool:
        return self.step == self.total_steps or self.stopped_early

    @property
    def fraction(self) -> float:
        return 1.0 if self.is_last else self.step / self.total_steps

    def picture(self) -> Image.Image:
        return Image.new("RGB", (self.width_px, self.height_px), "grey")

    def state(self) -> FakeState:
        return FakeState(self.step, self.total_steps)


@dataclass
class FakeRunner:
    """Takes `step_s` for each step; before the step of that number it raises."""

    step_s: float = 0.0
    scales: int = 1
    raises: dict[int, BaseException] = field(default_factory=dict)
    closed: int = 0
    infos: int = 0
    painted: list[ResolvedParameters] = field(default_factory=list)
    inputs: list[ImageInputs] = field(default_factory=list)
    #: Of each painting, how many steps it did not have to take.
    resumed: list[int] = field(default_factory=list)
    device: str = "cpu"

    def paint(
        self,
        inputs: ImageInputs,
        params: ResolvedParameters,
        *,
        stop: Event,
        finish: Event,
        resume_from: bytes | None = None,
    ) -> Generator[FakeStep, None, None]:
        self.painted.append(params)
        self.inputs.append(inputs)
        size = inputs.content_image.size
        steps = params.steps or sum(steps for _, steps in params.rungs or ())
        taken = 0 if resume_from is None else _taken(resume_from, steps)
        self.resumed.append(taken)
        began_s = time.monotonic()
        try:
            for step in range(taken + 1, steps + 1):
                if step in self.raises:
                    raise self.raises[step]
                if stop.wait(self.step_s):
                    raise PaintingInterruptedError
                ends = finish.is_set()
                yield FakeStep(
                    step,
                    steps,
                    *size,
                    elapsed_s=time.monotonic() - began_s,
                    scale=-(-step * self.scales // steps),
                    total_scales=self.scales,
                    losses=FakeLosses(total=1.5 + 1 / step, content=1 / step),
                    stopped_early=ends,
                )
                if ends:
                    return
        finally:
            self.closed += 1

    def reproducibility(self, params: ResolvedParameters) -> Reproducibility:
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


def _taken(state: bytes, total_steps: int) -> int:
    """Return the steps that a state of such a job has behind it."""
    found = re.fullmatch(rb"step (\d+) of (\d+)", state)
    if found is None or int(found[2]) != total_steps:
        raise CheckpointRefusedError("no state of this job")
    return int(found[1])
