"""The pastiche on its way: the only part of a job that changes.

Knows the walk and the ladder, no network. Images wear a frame (`images.FRAME_PX`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from worker.engine.errors import ExceedsMemoryError, StateError
from worker.engine.images import framed, unframed
from worker.engine.machine.device import free_memory_bytes
from worker.engine.painting.optimizers import Walk, enlarge
from worker.engine.painting.scales import Rung
from worker.engine.painting.state import PaintingState

_IMAGE = "image"
_WALK = "walk."
#: Of a state while it is saved: the copy, its bytes, the file, and as much to spare.
_COPIES = 4


@dataclass
class Canvas:
    """Where a job stands.

    Attributes:
        job: its fingerprint.
        rungs: the ladder.
        walk: what moves the image.
        on_it: (N, 3, H, W), framed; None before the first rung (see `image`).
        rung: index of the rung.
        step: steps taken on it.
        factor: of the learning rate; smaller after a divergence.
        is_rescued: whether a divergence was recovered from.
    """

    job: str
    rungs: tuple[Rung, ...]
    walk: Walk
    on_it: Tensor | None = None
    rung: int = 0
    step: int = 0
    factor: float = 1.0
    is_rescued: bool = False

    @property
    def image(self) -> Tensor:
        """(N, 3, H, W), framed."""
        if self.on_it is None:
            raise RuntimeError("nothing was put on the canvas yet")
        return self.on_it

    @property
    def steps_taken(self) -> int:
        """Over all rungs."""
        return sum(rung.steps for rung in self.rungs[: self.rung]) + self.step

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
        self.on_it = image
        self._begin_rung()

    def climb(self) -> None:
        """Go to the next rung: enlarge the picture."""
        self.rung, self.step = self.rung + 1, 0
        rung = self.here
        finer = enlarge(unframed(self.walk.picture()), rung.height_px, rung.width_px)
        self.on_it = framed(finer.clamp_(0, 1))
        self._begin_rung()

    def _begin_rung(self) -> None:
        height_px, width_px = self.image.shape[2:]
        self.walk.begin_rung(height_px, width_px, self.here.steps)

    def move(self, losses: Tensor, gradient: Tensor, schedule_factor: float) -> None:
        """Take one step."""
        self.walk.step(self.image, losses, gradient, self.factor * schedule_factor)
        self.step += 1

    def restart(self, walk: Walk, step: int, image: Tensor) -> None:
        """Go back to an image of this rung with a walk that remembers nothing."""
        self.walk, self.step, self.on_it = walk, step, image
        self._begin_rung()

    def picture(self) -> Tensor:
        """Return the pastiche so far, unframed, a new tensor."""
        return unframed(self.walk.picture())

    def export(self, extra: Mapping[str, Tensor] | None = None) -> PaintingState:
        """Return copies of everything, on the CPU.

        Args:
            extra: more tensors to keep; `restore` gives them back.

        Raises:
            ExceedsMemoryError: the copies could cost the picture its memory.
        """
        walk = {_WALK + name: each for name, each in self.walk.state().items()}
        tensors = {_IMAGE: self.image, **walk, **(extra or {})}
        _require_memory(sum(each.nbytes for each in tensors.values()))
        return PaintingState(
            job=self.job,
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
        try:
            tensors = {name: each.to(device) for name, each in state.tensors.items()}
            self.rung, self.step = state.rung, state.step
            self.factor, self.is_rescued = state.factor, state.is_rescued
            self.on_it = tensors.pop(_IMAGE).clone()
            self.walk.restore(
                {
                    name.removeprefix(_WALK): tensors.pop(name)
                    for name in list(tensors)
                    if name.startswith(_WALK)
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
