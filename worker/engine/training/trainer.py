"""The training of one style, step by step: paint pieces, compare, learn, be judged."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import torch
from PIL import Image
from torch import Tensor

from app.contract.packs.architectures import ARCHITECTURES, ArchitectureName
from worker.engine.errors import StateError, TrainingDivergedError
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.features.weights.vgg_weights import digest
from worker.engine.images import fingerprint, upright_rgb
from worker.engine.training.controls import TrainingControls
from worker.engine.training.gate import cost_of
from worker.engine.training.held_out import HeldOutJudge, HeldOutScore
from worker.engine.training.learner import Learner
from worker.engine.training.network import repainted
from worker.engine.training.objective import BatchObjective, weights_of
from worker.engine.training.options import TrainingOptions
from worker.engine.training.schedule import rate_at
from worker.engine.training.state import JudgedStep, TrainingState
from worker.engine.training.steadiness import temporal_loss
from worker.engine.training.step import StepLosses, StepView, TrainingStep

#: Raised when equal trainings give another pack.
ALGORITHM = "impasto-training@2"
#: Between two looks at the held-out photographs: a part of the steps, and at least.
_JUDGEMENTS, _LEAST_BETWEEN = 8, 25
#: Each piece is seen so often, but for short trainings: so many features are kept.
_TURNS, _LEAST_PIECES = 8, 256
#: A training whose average loss is so many times the first has diverged.
_DIVERGED = 2.5
_RECENT = 0.1
_SETTLED_STEPS = 10
_RESCUE = 0.5
_BEST = "best."


@dataclass(frozen=True, kw_only=True)
class Training:
    """What is to be trained.

    Attributes:
        painting: whose style it shall be.
        piece: returns the k-th piece of a photograph, (1, 3, H, W); always the same.
        photographs_sha256: of what the pieces are from.
        held_out: photographs, (1, 3, H, W) each, that no piece is from.
        start_label: what the start is called.
        start: the network's first numbers.
        architecture: its shape.
        network: whose features compare.
        options: the choices.
        controls: what is asked meanwhile.
        check: called many times a second; may raise.
        resume_from: a state of the same training.
    """

    painting: Image.Image
    piece: Callable[[int], Tensor]
    photographs_sha256: str
    held_out: Sequence[Tensor]
    start_label: str
    start: Mapping[str, Tensor] = field(repr=False)
    architecture: ArchitectureName = ArchitectureName.MULTISTYLE
    network: FeatureExtractor
    options: TrainingOptions
    controls: TrainingControls
    check: InterruptionCheck
    resume_from: TrainingState | None = None

    def fingerprint(self) -> str:
        """Return what tells trainings apart that can not go on from each other."""
        fixed = asdict(self.options)
        for name in ("learning_rate", "style_strength", "content_strength", "steps"):
            del fixed[name]  # may be changed
        parts = [ALGORITHM, self.architecture, self.photographs_sha256]
        parts += [fingerprint(upright_rgb(self.painting)), digest(self.start)]
        parts += [*self.network.key, json.dumps(fixed, sort_keys=True)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def train(training: Training) -> Iterator[TrainingStep]:
    """Yield every step; the first is that of the start, before anything is learnt.

    Raises:
        StateError: `resume_from` is another training's.
        TrainingDivergedError: twice the losses grew instead of falling.
    """
    run = _Run(training)
    yield from run.steps()


class _Run:
    """One training while it runs."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._began_s = time.monotonic()
        device = training.network.device
        options = training.options
        self._shape = ARCHITECTURES[training.architecture]
        self._objective = BatchObjective(
            training.painting, training.network, options, training.check
        )
        self._held_out = [each.to(device) for each in training.held_out]
        self._judge = HeldOutJudge(
            self._held_out, self._objective.painting, training.network, training.check
        )
        self._untouched = self._judge.score(self._held_out)
        self._learner = Learner(training.start, options.trained, device)
        self._every = max(_LEAST_BETWEEN, math.ceil(options.steps / _JUDGEMENTS))
        pieces = options.steps * options.batch_size // _TURNS
        self._pieces = max(_LEAST_PIECES, pieces)
        self._step, self._factor, self._is_rescued = 0, 1.0, False
        self._recent: float | None = None
        self._first: float | None = None
        self._summed, self._counted = 0.0, 0
        self._curve: list[JudgedStep] = []
        self._best, self._best_weights = 0, self._learner.average_copy()
        self._samples: list[Tensor] = []
        self._id = training.fingerprint()

    def steps(self) -> Iterator[TrainingStep]:
        """Yield the start or the state that is gone on from, then each step."""
        if self._training.resume_from is None:
            self._judge_now()
        else:
            self._restore(self._training.resume_from)
        options = self._options()
        losses: StepLosses | None = None
        while True:
            stopped = self._training.controls.is_finishing
            is_last = stopped or self._step >= options.steps
            if is_last and self._curve[-1].step != self._step:
                self._judge_now()
            yield self._report(options, losses, is_last=is_last, stopped=stopped)
            if is_last:
                return
            options = self._options()
            losses = self._learn(options)
            if losses is not None and self._step % self._every == 0:
                self._judge_now()

    def _options(self) -> TrainingOptions:
        training = self._training
        return training.controls.options_at(self._step, training.options)

    def _learn(self, options: TrainingOptions) -> StepLosses | None:
        """Take one step; None if it was taken back."""
        pieces = self._batch(options.batch_size)
        images = torch.cat([image for _, image in pieces])
        self._training.check()
        painted = self._painted(images)
        self._training.check()
        found = self._objective.losses(painted, pieces, weights_of(options))
        temporal = temporal_loss(images, painted, self._painted, options, self._step)
        total = found.total.mean() + temporal
        losses = StepLosses(
            total=float(total.detach()),
            content=float(found.content.detach().mean()),
            style=float(found.style.detach().mean()),
            total_variation=float(found.total_variation.detach().mean()),
            temporal=float(temporal.detach()),
        )
        if self._has_diverged(losses.total):
            self._rescue()
            return None
        rate = self._factor * options.largest_rate
        done = self._step / max(options.steps, self._step + 1)
        self._learner.step(total, rate * rate_at(done), self._step, options.steps)
        self._step += 1
        self._summed, self._counted = self._summed + losses.total, self._counted + 1
        return losses

    def _painted(self, images: Tensor) -> Tensor:
        return repainted(images, self._shape, self._learner.weights)

    def _batch(self, size: int) -> list[tuple[int, Tensor]]:
        device, found = self._training.network.device, []
        for index in range(size):
            number = (self._step * size + index) % self._pieces
            found.append((number, self._training.piece(number).to(device)))
        return found

    def _has_diverged(self, total: float) -> bool:
        if not math.isfinite(total):
            return True
        before = total if self._recent is None else self._recent
        self._recent = before + _RECENT * (total - before)
        if self._first is None and self._step >= _SETTLED_STEPS:
            self._first = self._recent
        return self._first is not None and self._recent > _DIVERGED * self._first

    def _rescue(self) -> None:
        """Go back to the best numbers, past these pieces, and more slowly; once."""
        if self._is_rescued:
            raise TrainingDivergedError(
                f"the training diverged twice, the last time at step {self._step}: "
                "ask for a lower learning_rate"
            )
        self._is_rescued = True
        self._factor *= _RESCUE
        self._step += 1
        self._recent = None
        self._learner.return_to(self._best_weights)

    def _judge_now(self) -> None:
        self._samples = self._paint(self._learner.average)
        score = self._judge.score(self._samples)
        mean = self._summed / self._counted if self._counted else None
        self._summed, self._counted = 0.0, 0
        self._curve.append(JudgedStep(self._step, mean, score))
        if len(self._curve) == 1 or self._is_best(score):
            self._best = len(self._curve) - 1
            self._best_weights = self._learner.average_copy()

    @torch.no_grad()
    def _paint(self, weights: Mapping[str, Tensor]) -> list[Tensor]:
        """Return the held-out photographs as these numbers paint them."""
        there = {n: w.to(self._training.network.device) for n, w in weights.items()}
        painted = []
        for photograph in self._held_out:
            self._training.check()
            painted.append(repainted(photograph, self._shape, there))
        return painted

    def _is_best(self, score: HeldOutScore) -> bool:
        return cost_of(score) < cost_of(self._curve[self._best].score)

    def _report(
        self,
        options: TrainingOptions,
        losses: StepLosses | None,
        *,
        is_last: bool,
        stopped: bool,
    ) -> TrainingStep:
        is_judged = self._curve[-1].step == self._step
        return TrainingStep(
            step=self._step,
            total_steps=max(options.steps, self._step),
            losses=losses,
            curve=tuple(self._curve),
            best=self._curve[self._best],
            untouched=self._untouched,
            painting=self._judge.painting,
            started_from=self._training.start_label,
            temporal=options.temporal,
            elapsed_s=time.monotonic() - self._began_s,
            is_last=is_last,
            stopped_early=stopped and self._step < options.steps,
            view=StepView(
                painted=(self._samples or None) if is_judged else None,
                paint_best=lambda: self._paint(self._best_weights),
                best=self._best_weights,
                architecture=self._training.architecture,
                state=self._state,
            ),
        )

    def _state(self) -> TrainingState:
        best = {_BEST + name: each for name, each in self._best_weights.items()}
        return TrainingState(
            training=self._id,
            start=self._training.start_label,
            step=self._step,
            factor=self._factor,
            is_rescued=self._is_rescued,
            recent_loss=self._recent,
            first_loss=self._first,
            summed=self._summed,
            counted=self._counted,
            curve=tuple(self._curve),
            best=self._best,
            tensors={**self._learner.state(), **best},
        )

    def _restore(self, state: TrainingState) -> None:
        if state.training != self._id:
            raise StateError("the state is of another training")
        self._step, self._factor = state.step, state.factor
        self._is_rescued = state.is_rescued
        self._recent, self._first = state.recent_loss, state.first_loss
        self._summed, self._counted = state.summed, state.counted
        self._curve, self._best = list(state.curve), state.best
        self._learner.restore(state.tensors)
        self._best_weights = {
            name.removeprefix(_BEST): each
            for name, each in state.tensors.items()
            if name.startswith(_BEST)
        }
