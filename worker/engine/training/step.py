"""What is reported of a training: each step, its samples and its pack on demand."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from PIL import Image
from torch import Tensor

from app.contract.packs.architectures import ArchitectureName
from app.contract.packs.info import PackInfo
from worker.engine.feedforward.packs import Pack
from worker.engine.images import to_picture
from worker.engine.training.gate import reasons_against
from worker.engine.training.held_out import HeldOutScore, PaintingNumbers
from worker.engine.training.state import JudgedStep, TrainingState
from worker.engine.training.weights import as_pack

#: Photographs on the sheet of samples.
SAMPLES = 4
_GAP_PX = 4


@dataclass(frozen=True, kw_only=True)
class StepLosses:
    """Weighted losses, means over the batch, that add up to `total`."""

    total: float
    content: float
    style: float
    total_variation: float
    temporal: float = 0.0


class StepView(NamedTuple):
    """What a step can be asked for until the next one is taken.

    Attributes:
        painted: the held-out photographs, if they were painted at this step.
        paint_best: paints them by the best numbers so far.
        best: those numbers.
        architecture: of the network.
        state: makes the state.
    """

    painted: list[Tensor] | None
    paint_best: Callable[[], list[Tensor]]
    best: Mapping[str, Tensor]
    architecture: ArchitectureName
    state: Callable[[], TrainingState]


@dataclass(frozen=True, kw_only=True)
class TrainingStep:
    """One step of a training.

    Attributes:
        step: so many were taken; 0 before the first.
        total_steps: so many there will be.
        losses: of this step; None before the first and of one that was taken back.
        curve: the judge's numbers so far, the start's first.
        best: the point of the curve that is kept.
        untouched: the judge's numbers of the photographs themselves.
        painting: its grain and its chroma.
        started_from: what the start is called.
        temporal: how steady it shall be, 0 to 1.
        elapsed_s: since the training began, or went on.
        is_last: whether it is done.
        stopped_early: whether that is because it was asked to finish.
    """

    step: int
    total_steps: int
    losses: StepLosses | None
    curve: tuple[JudgedStep, ...]
    best: JudgedStep
    untouched: HeldOutScore
    painting: PaintingNumbers
    started_from: str
    temporal: float
    elapsed_s: float
    is_last: bool
    stopped_early: bool
    view: StepView = field(repr=False, compare=False)

    @property
    def origin(self) -> str:
        """What a pack says of where it is from."""
        origin = f"from a painting, beginning with {self.started_from}"
        steady = f", steadied for video (temporal {self.temporal:g})"
        return origin + (steady if self.temporal else "")

    def reasons(self) -> tuple[str, ...]:
        """Return what is wrong with the best numbers so far, in words."""
        return reasons_against(self.best.score, self.untouched, self.painting)

    def samples(self) -> Image.Image | None:
        """Return held-out photographs as they are painted now; None between judgements.

        RGB, four pictures on one sheet.
        """
        painted = self.view.painted
        return None if painted is None else sheet([to_picture(p) for p in painted])

    def best_samples(self) -> Image.Image:
        """Return the same as the best numbers so far paint them."""
        return sheet([to_picture(painted) for painted in self.view.paint_best()])

    def pack(self, info: PackInfo) -> Pack:
        """Return the best numbers so far as a pack."""
        return as_pack(self.view.best, self.view.architecture, info)

    def state(self) -> TrainingState:
        """Return where the training stands."""
        return self.view.state()


def sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """Return up to `SAMPLES` pictures side by side, in rows of two."""
    shown = pictures[:SAMPLES]
    columns = min(2, len(shown))
    width = max(each.width for each in shown) + _GAP_PX
    height = max(each.height for each in shown) + _GAP_PX
    rows = math.ceil(len(shown) / columns)
    paper = Image.new(
        "RGB", (columns * width - _GAP_PX, rows * height - _GAP_PX), "white"
    )
    for index, each in enumerate(shown):
        paper.paste(each, (index % columns * width, index // columns * height))
    return paper
