"""The pastiche on its way: the only part of a job that changes.

Knows the optimizer and the ladder, no network. Images wear a frame (`images.FRAME_PX`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from app.contract.painting.ladder import Rung
from worker.engine.errors import ExceedsMemoryError, StateError
from worker.engine.images import framed, unframed
from worker.engine.machine.device import free_memory_bytes
from worker.engine.painting.optimizers import Optimizer, Projection, enlarge
from worker.engine.painting.state import PaintingState

_IMAGE = "image"
#: In saved states; they are read by newer versions too.
_OPTIMIZER = "walk."
#: Of a state while it is saved: the copy, its bytes, the file, and as much to spare.
_COPIES = 4


@dataclass(eq=False, repr=False)
class IterationState:
    """Where a job stands.

    Attributes:
        job: its fingerprint.
        styling: likewise, of what may change of its paintings.
        rungs: the ladder.
        optimizer: what moves the image.
        image: (N, 3, H, W), framed; there is none before `begin` or `restore`.
        rung: index of the rung.
        step: steps taken on it.
        factor: of the learning rate; smaller after a divergence.
        is_rescued: whether a divergence was recovered from.
    """

    job: str
    styling: str
    rungs: tuple[Rung, ...]
    optimizer: Optimizer
    image: Tensor = field(init=False)
    rung: int = 0
    step: int = 0
    factor: float = 1.0
    is_rescued: bool = False

    @property
    def steps_taken(self) -> int:
        """Over all rungs."""
        return self.steps_before(self.rung) + self.step

    def steps_before(self, rung: int) -> int:
        """Return the steps of all rungs before one."""
        return sum(each.steps for each in self.rungs[:rung])

    @property
    def here(self) -> Rung:
        """The rung that it stands on."""
        return self.rungs[self.rung]

    @property
    def is_rung_done(self) -> bool:
        """Whether all its steps are taken."""
        return self.step >= self.here.steps

    def begin(self, image: Tensor) -> None:
        """Put the first iterate, framed, on the first rung."""
        self.image = image
        self._begin_rung()

    def climb(self) -> None:
        """Go to the next rung: enlarge the picture."""
        self.rung, self.step = self.rung + 1, 0
        rung = self.here
        finer = enlarge(
            unframed(self.optimizer.picture()), rung.height_px, rung.width_px
        )
        self.image = framed(finer.clamp_(0, 1))
        self._begin_rung()

    def _begin_rung(self) -> None:
        height_px, width_px = self.image.shape[2:]
        self.optimizer.begin_rung(height_px, width_px, self.here.steps)

    def move(
        self,
        losses: Tensor,
        gradient: Tensor,
        schedule_factor: float,
        project: Projection,
    ) -> None:
        """Take one step, which ends with a projection."""
        factor = self.factor * schedule_factor
        self.optimizer.step(self.image, losses, gradient, factor, project)
        self.step += 1

    def restart(self, optimizer: Optimizer, step: int, image: Tensor) -> None:
        """Go back to an image of this rung with an optimizer that remembers nothing."""
        self.optimizer, self.step, self.image = optimizer, step, image
        self._begin_rung()

    def picture(self) -> Tensor:
        """Return the pastiche so far, unframed, a new tensor."""
        return unframed(self.optimizer.picture())

    def export(self, extra: Mapping[str, Tensor] | None = None) -> PaintingState:
        """Return copies of everything, on the CPU.

        Args:
            extra: more tensors to keep; `restore` gives them back.

        Raises:
            ExceedsMemoryError: the copies could cost the picture its memory.
        """
        optimizer = {
            _OPTIMIZER + name: each for name, each in self.optimizer.state().items()
        }
        tensors = {_IMAGE: self.image, **optimizer, **(extra or {})}
        _require_memory(sum(each.nbytes for each in tensors.values()))
        return PaintingState(
            job=self.job,
            styling=self.styling,
            rung=self.rung,
            step=self.step,
            factor=self.factor,
            is_rescued=self.is_rescued,
            tensors={
                name: each.detach().to("cpu", copy=True)
                for name, each in tensors.items()
            },
        )

    def restore(self, state: PaintingState, device: torch.device) -> dict[str, Tensor]:
        """Go on from a state; return the extra tensors that were kept in it.

        Raises:
            StateError: it is another job's, or incomplete.
        """
        if state.job != self.job:
            raise StateError(
                "the state belongs to another job: its pictures, network or options "
                "are not the same"
            )
        if state.styling != self.styling:
            raise StateError("the state was painted with other weights or masks")
        try:
            tensors = {name: each.to(device) for name, each in state.tensors.items()}
            self.rung, self.step = state.rung, state.step
            self.factor, self.is_rescued = state.factor, state.is_rescued
            self.image = tensors.pop(_IMAGE).clone()
            self.optimizer.restore(
                {
                    name.removeprefix(_OPTIMIZER): tensors.pop(name)
                    for name in list(tensors)
                    if name.startswith(_OPTIMIZER)
                }
            )
            self._require_here()
        except (KeyError, RuntimeError) as error:
            raise StateError(f"the state is incomplete: {error}") from error
        return tensors

    def _require_here(self) -> None:
        if not 0 <= self.rung < len(self.rungs) or self.step > self.here.steps:
            raise StateError("the state stands on a rung that this job has not")
        if unframed(self.image).shape[2:] != (self.here.height_px, self.here.width_px):
            raise StateError("the state's picture is not of its rung's size")


def _require_memory(state_bytes: int) -> None:
    """Refuse what could end the process that paints: a state can be left out."""
    free_bytes = free_memory_bytes(torch.device("cpu"))
    if free_bytes is not None and free_bytes < _COPIES * state_bytes:
        raise ExceedsMemoryError(
            f"the state takes {state_bytes} bytes, {_COPIES} times as much while it "
            f"is saved, and {free_bytes} are free"
        )
