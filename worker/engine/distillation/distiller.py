"""The distillation of a student, step by step: look, compare, learn, be compared."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor

from app.contract.datasets import Split
from app.contract.painting.layers import STUDENT_LAYERS
from worker.engine.datasets import Crops, Dataset
from worker.engine.distillation.fitting import fitted
from worker.engine.distillation.gradients import (
    STYLE_LAYERS,
    likeness,
    style_gradient,
)
from worker.engine.distillation.likeness import (
    difference,
    explained,
    maps_of_teacher,
)
from worker.engine.distillation.options import DistillationOptions
from worker.engine.distillation.state import DistillationState, Likeness
from worker.engine.errors import NumericalDivergenceError, StateError
from worker.engine.features.backbones.student_maps import student_maps
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.features.weights.students import (
    StudentWeights,
    block_of,
    student_shapes,
)
from worker.engine.features.weights.vgg_weights import digest
from worker.engine.training.learner import Learner
from worker.engine.training.options import Trained
from worker.engine.training.schedule import rate_at

#: Raised when equal distillations give another student.
ALGORITHM = "impasto-distillation@1"
_HELD_OUT_BATCHES = 3
#: At held-out pictures, in all: each costs as much as two steps.
LOOKS = 5
#: Pictures of a step whose gradients are compared: each costs as much as ten looks.
_COMPARED = 2
#: The teacher's first layer is fitted exactly: nothing of it is left to learn.
_LEARNT = tuple(layer for layer in STUDENT_LAYERS if block_of(layer) > 1)
_FIXED = "fixed."


@dataclass(frozen=True, kw_only=True)
class Distillation:
    """What is to be distilled.

    Attributes:
        teacher: whose feature maps shall be given.
        backbone: a pretrained network's numbers, by name; what no layer needs is left.
        dataset: photographs; its held-out ones are what R² is told of.
        options: the choices.
        check: called many times a second; may raise.
        resume_from: a state of the same distillation.
    """

    teacher: FeatureExtractor
    backbone: Mapping[str, Tensor] = field(repr=False)
    dataset: Dataset
    options: DistillationOptions
    check: InterruptionCheck
    resume_from: DistillationState | None = None

    def fingerprint(self) -> str:
        """Return what tells distillations apart that can not go on from each other."""
        parts = [ALGORITHM, *self.teacher.key, self.dataset.sha256]
        parts += [digest(self.backbone), json.dumps(asdict(self.options))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class DistillationStep:
    """One step.

    Attributes:
        step: so many were taken; 0 before the first.
        total_steps: so many there will be.
        loss: mean over the layers; None before the first.
        curve: likenesses so far; the last one is of this step if it was looked at.
        is_last: whether the student is ready.
        run: makes student and state, until the next step is taken.
    """

    step: int
    total_steps: int
    loss: float | None
    curve: Sequence[Likeness]
    is_last: bool
    run: "_Run" = field(repr=False)

    def student(self) -> StudentWeights:
        """Return the student as it is now."""
        return self.run.student()

    def state(self) -> DistillationState:
        """Return what to go on from."""
        return self.run.state()


def distil(distillation: Distillation) -> Iterator[DistillationStep]:
    """Yield every step; the first is that of the fitted adapters.

    Raises:
        DatasetError: there are no pictures, or one is damaged.
        StateError: `resume_from` is another distillation's.
        NumericalDivergenceError: the loss is not finite any more.
    """
    yield from _Run(distillation).steps()


class _Run:
    """One distillation while it runs."""

    def __init__(self, distillation: Distillation) -> None:
        self._distillation = distillation
        self._teacher, self._check = distillation.teacher, distillation.check
        options = distillation.options
        size = {"crop_px": options.crop_px, "batch": options.batch_size}
        dataset = distillation.dataset
        self._crops = Crops(dataset, Split.TRAIN, seed=options.seed, **size)
        held_out = Crops(dataset, Split.HELD_OUT, seed=options.seed, **size)
        device = self._teacher.device
        self._held_out = [
            held_out.batch(k).to(device) for k in range(_HELD_OUT_BATCHES)
        ]
        self._every = max(1, options.total_steps // LOOKS)
        self._id = distillation.fingerprint()
        self._step, self._curve = 0, list[Likeness]()
        self._fixed, self._learner = self._begun(distillation.resume_from)

    def _begun(
        self, state: DistillationState | None
    ) -> tuple[dict[str, Tensor], Learner]:
        """Return what is not learnt and what is, fitted or as it was left."""
        device = self._teacher.device
        if state is None:
            start = self._fitted()
        elif state.distillation != self._id:
            raise StateError("the state is of another distillation")
        else:
            self._step, self._curve = state.step, list(state.curve)
            start = {
                name.partition(".")[2]: each.to(device)
                for name, each in state.tensors.items()
                if name.startswith((_FIXED, "numbers."))
            }
        fixed = {name: each for name, each in start.items() if _is_fixed(name)}
        learnt = {name: each for name, each in start.items() if name not in fixed}
        learner = Learner(learnt, Trained.ALL, device)
        if state is not None:
            learner.restore(state.tensors)
        return fixed, learner

    def _fitted(self) -> dict[str, Tensor]:
        device = self._teacher.device
        wanted = student_shapes()
        backbone = {
            name: each.to(device)
            for name, each in self._distillation.backbone.items()
            if name in wanted
        }
        count = self._distillation.options.fitted_batches
        batches = (self._crops.batch(k).to(device) for k in range(count))
        return fitted(batches, backbone, self._teacher, self._check)

    def steps(self) -> Iterator[DistillationStep]:
        """Yield the start, or the state that is gone on from, then each step."""
        total = self._distillation.options.total_steps
        loss: float | None = None
        while True:
            is_last = self._step >= total
            is_seen = bool(self._curve) and self._curve[-1].step == self._step
            if not is_seen and (is_last or self._step % self._every == 0):
                self._look()
            yield DistillationStep(
                step=self._step,
                total_steps=total,
                loss=loss,
                curve=tuple(self._curve),
                is_last=is_last,
                run=self,
            )
            if is_last:
                return
            loss = self._learn()

    def _learn(self) -> float:
        options = self._distillation.options
        images = self._crops.batch(options.fitted_batches + self._step)
        images = images.to(self._teacher.device)
        wanted = maps_of_teacher(images, _LEARNT, self._teacher, self._check)
        weights = {**self._fixed, **self._learner.weights}
        found = self._student_maps(images, _LEARNT, weights)
        parts = [
            difference(found[layer], wanted[layer], self._fixed[f"taps.{layer}.scale"])
            for layer in _LEARNT
        ]
        loss = torch.stack(parts).mean()
        if self._step >= options.steps:
            few = images[:_COMPARED]
            cosines = self._gradient_likeness(few, weights, is_learnt=True)
            loss = loss + options.gradient_weight * (1 - cosines).mean()
        value = float(loss.detach())
        if not torch.isfinite(loss.detach()):
            raise NumericalDivergenceError(
                f"the loss of step {self._step} is {value}: take a lower learning rate"
            )
        rate = options.learning_rate * rate_at(self._step / options.total_steps)
        self._learner.step(loss, rate, self._step, options.total_steps)
        self._step += 1
        return value

    def _look(self) -> None:
        weights = {**self._fixed, **self._learner.average}
        with torch.no_grad():
            r_squared = explained(
                (
                    self._student_maps(images, STUDENT_LAYERS, weights),
                    maps_of_teacher(images, STUDENT_LAYERS, self._teacher, self._check),
                )
                for images in self._held_out
            )
        cosines = self._gradient_likeness(self._held_out[0], weights, is_learnt=False)
        found = Likeness(self._step, r_squared, float(cosines.detach().mean()))
        self._curve.append(found)

    def _gradient_likeness(
        self, images: Tensor, weights: Mapping[str, Tensor], *, is_learnt: bool
    ) -> Tensor:
        wanted = style_gradient(
            images,
            lambda pixels: dict(
                self._teacher.feature_maps(pixels, STYLE_LAYERS, self._check)
            ),
            is_learnt=False,
        )
        found = style_gradient(
            images,
            lambda pixels: self._student_maps(pixels, STYLE_LAYERS, weights),
            is_learnt=is_learnt,
        )
        return likeness(found, wanted)

    def _student_maps(
        self, images: Tensor, layers: Sequence[str], weights: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        return dict(student_maps(images, layers, weights, self._check))

    def student(self) -> StudentWeights:
        """Return the averaged numbers, and how they came to be."""
        tensors = {**self._fixed, **self._learner.average}
        on_cpu = {name: each.detach().cpu().clone() for name, each in tensors.items()}
        last = self._curve[-1]
        return StudentWeights.of(
            on_cpu,
            {
                "algorithm": ALGORITHM,
                "teacher": list(self._teacher.key),
                "dataset": self._distillation.dataset.name,
                "dataset_sha256": self._distillation.dataset.sha256,
                "options": asdict(self._distillation.options),
                "step": self._step,
                "r_squared": dict(last.r_squared),
                "gradient_cosine": last.gradient,
            },
        )

    def state(self) -> DistillationState:
        """Return copies of all that the next step depends on."""
        fixed = {_FIXED + n: each.cpu().clone() for n, each in self._fixed.items()}
        return DistillationState(
            distillation=self._id,
            options=self._distillation.options,
            step=self._step,
            curve=tuple(self._curve),
            tensors={**self._learner.state(), **fixed},
        )


def _is_fixed(name: str) -> bool:
    """Whether a tensor keeps what it was fitted to."""
    if name.endswith((".mean", ".scale")):
        return True
    return name.startswith("taps.") and name.split(".")[1] not in _LEARNT
