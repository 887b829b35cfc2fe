"""What the handler asks of a runner, without torch: a fake of twenty lines fits.

The real one is in `worker.runners.image`.
"""

from collections.abc import Generator
from dataclasses import dataclass
from threading import Event
from typing import Protocol

from PIL import Image

from app.contract.failures import FailureCode
from app.contract.jobs import Reproducibility
from app.contract.kinds.image.parameters import ResolvedParameters
from app.contract.workers import WorkerInfo


class PaintingInterruptedError(Exception):
    """The runner stopped because `stop` was set."""


class PaintingFailedError(Exception):
    """The runner could not finish; the code says why, the message says it in words."""

    def __init__(self, code: FailureCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class UnableError(Exception):
    """This worker lacks what the job needs; another one may have it."""


class CheckpointRefusedError(Exception):
    """The checkpoint is damaged or another job's; nothing was painted yet."""


@dataclass(frozen=True, kw_only=True)
class StyleInput:
    """One painting, and how much and where it counts.

    Attributes:
        image: RGB.
        weight: against the other paintings, above 0.
        mask: L, over the photograph: white where this painting goes; None shares what
            the others' masks leave.
        style_mask: L, over the painting: white is the part that counts; all of it if
            None.
    """

    image: Image.Image
    weight: float = 1.0
    mask: Image.Image | None = None
    style_mask: Image.Image | None = None


@dataclass(frozen=True, kw_only=True)
class ImageInputs:
    """The pictures that a picture is made from.

    Attributes:
        content_image: RGB.
        styles: at least one.
        init_image: RGB, what the optimization starts from if that is an image.
    """

    content_image: Image.Image
    styles: tuple[StyleInput, ...]
    init_image: Image.Image | None = None


class StepLosses(Protocol):
    """The objective's terms at one step, weighted."""

    @property
    def total(self) -> float:
        """Their sum."""

    @property
    def content(self) -> float:
        """How far the pastiche is from the photograph."""

    @property
    def style(self) -> float:
        """How far it is from the painting."""

    @property
    def total_variation(self) -> float:
        """How rough it is."""


class State(Protocol):
    """Where an optimization stood after a step: a copy that outlives it."""

    def to_bytes(self) -> bytes:
        """Return what a runner can go on from."""


class Step(Protocol):
    """One reported step of an optimization; steps and scales count from 1."""

    @property
    def step(self) -> int:
        """The optimizer step, over all scales."""

    @property
    def total_steps(self) -> int:
        """How many there will be."""

    @property
    def scale(self) -> int:
        """The rung of the ladder."""

    @property
    def total_scales(self) -> int:
        """How many rungs there are."""

    @property
    def width_px(self) -> int:
        """Width of the pastiche at this rung."""

    @property
    def height_px(self) -> int:
        """Height of the pastiche at this rung."""

    @property
    def fraction(self) -> float:
        """How much of the work is done, 0 to 1."""

    @property
    def losses(self) -> StepLosses:
        """The objective's terms."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the job began."""

    @property
    def is_last(self) -> bool:
        """Whether the picture is the result; steps may have been left out."""

    @property
    def stopped_early(self) -> bool:
        """Whether it is the result because somebody asked for an early end."""

    def picture(self) -> Image.Image:
        """Return the pastiche; at the last step this is the result."""

    def state(self) -> State:
        """Return where the optimization stands; only until the next step is taken."""


class StopSignal(Protocol):
    """Says whether a job must stop at once; to ask is a sign of life.

    A runner asks at least every 0.1 s, between two steps and within them: one that has
    fallen silent is taken for hung, and loses its job.
    """

    def is_set(self) -> bool:
        """Tell whether the job must stop."""

    def wait(self, timeout: float) -> bool:
        """Tell the same after so many seconds, or as soon as it must."""


class Runner(Protocol):
    """Paints one picture at a time and keeps nothing of it."""

    def paint(
        self,
        inputs: ImageInputs,
        params: ResolvedParameters,
        *,
        stop: StopSignal,
        finish: Event,
        resume_from: bytes | None = None,
    ) -> Generator[Step, None, None]:
        """Yield sparse steps; closing the generator frees the job's memory.

        Args:
            inputs: what to paint from.
            params: what the client wishes.
            stop: asked again and again; once it is set, there is no picture.
            finish: set likewise, or before: the next step is the last one.
            resume_from: a state of this job, to go on from there.

        Raises:
            CheckpointRefusedError: Nothing can go on from `resume_from`.
            PaintingInterruptedError: `stop` was set by another thread.
            PaintingFailedError: There will be no picture.
        """

    def reproducibility(self, params: ResolvedParameters) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""

    def info(self, name: str) -> WorkerInfo:
        """Return what this runner is and has room for; ask between two jobs.

        Args:
            name: of the worker.
        """

    def process_bytes(self) -> int | None:
        """Return the memory that this process holds now, None if it is not known."""
