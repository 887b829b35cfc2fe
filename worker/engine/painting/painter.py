"""The work itself: down the ladder from the coarsest rung to the finest.

Everything that belongs to a job lives in a painter, inside one generator's frame, and
dies with it.
"""

import logging
from collections.abc import Callable, Iterator, Mapping

import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.choices import MemoryMode, Precision
from worker.engine.errors import NumericalDivergenceError, StateError
from worker.engine.features.extractor import FeatureExtractor
from worker.engine.images import to_picture
from worker.engine.losses.objective import Losses, Objective
from worker.engine.machine.device import release_freed_memory
from worker.engine.machine.memory_plan import choose_memory_plan, rescue_memory_plan
from worker.engine.painting.adoption import Adopted, adopted, gives_targets
from worker.engine.painting.color_limits import ColorLimits, color_limits
from worker.engine.painting.controls import Changes
from worker.engine.painting.differentiation import Differentiation
from worker.engine.painting.gradients import clipped
from worker.engine.painting.iteration_state import IterationState
from worker.engine.painting.job import Job, loss_weights, rate_factor
from worker.engine.painting.objective_builder import ObjectiveBuilder, regions_at
from worker.engine.painting.optimizers import enlarge
from worker.engine.painting.optimizers.choice import optimizer_of
from worker.engine.painting.plateau import Plateau
from worker.engine.painting.progress import Progress
from worker.engine.painting.start import first_iterate
from worker.engine.painting.state import PaintingState
from worker.engine.painting.step import Step, StepLosses, StepView
from worker.engine.painting.style_cache import StyleCache

logger = logging.getLogger(__name__)

#: Gives the job's network in a precision.
NetworkOf = Callable[[Precision], FeatureExtractor]

#: After a divergence the learning rate goes on with this part of itself.
_SMALLER = 0.25


def paint(job: Job, network_of: NetworkOf, style_cache: StyleCache) -> Iterator[Step]:
    """Yield sparse steps; the last one's picture is the result."""
    yield from _Painter(job, network_of, style_cache).steps()


class _Painter:
    """One job in work."""

    def __init__(self, job: Job, network_of: NetworkOf, cache: StyleCache) -> None:
        self._job = job
        self._network_of = network_of
        self._network = network_of(job.precision)
        self._cache = cache
        self._options = job.options
        self._progress = Progress(job.rungs, job.report_interval_s)
        self._plateau = Plateau()
        self._is_over = False
        self._objective: Objective
        self._limit: ColorLimits
        self._restored: Mapping[str, Tensor] = {}
        self._differentiation: Differentiation | None = None
        self._sound: tuple[int, Tensor]  # before a divergence
        self._iteration = IterationState(
            job.fingerprint(str(self._network.key)),
            job.styling,
            job.rungs,
            optimizer_of(job.options, job.hyperparameters),
        )

    def steps(self) -> Iterator[Step]:
        """Yield sparse steps."""
        self._begin()
        while True:
            yield from self._paint_rung()
            if self._is_over:
                return
            self._iteration.climb()
            self._restored = {}
            self._plateau = Plateau()

    @property
    def _is_last_rung(self) -> bool:
        return self._iteration.rung + 1 == len(self._job.rungs)

    def _begin(self) -> None:
        job, iteration = self._job, self._iteration
        if job.resume_from is not None:
            self._go_on_from(job.resume_from)
            return
        rung = job.rungs[0]
        images = [
            first_iterate(job, inputs, rung, regions_at(inputs, rung, job.options))
            for inputs in job.batch
        ]
        iteration.begin(torch.cat(images).to(self._network.device))

    def _go_on_from(self, state: PaintingState) -> None:
        iteration, controls = self._iteration, self._job.controls
        taken = iteration.steps_before(state.rung) + state.step
        self._adopt(controls.passed(taken), least=taken)
        self._restored = iteration.restore(state, self._network.device)
        self._plateau.restore(self._restored)
        if iteration.is_rescued:
            self._network = self._network_of(Precision.FLOAT32)
        # What changes right here may be that there are further steps. On a coarser rung
        # there are: it is taken in before the next one.
        if not self._is_last_rung or controls.is_finishing:
            return
        if due := controls.scheduled(taken):
            self._adopt(due, least=taken + 1)
            if iteration.is_rung_done:
                return
            if gives_targets(due):
                self._restored = {}  # what was chosen for the targets before
            self._plateau = Plateau()
            iteration.optimizer.change_objective()

    def _adopt(self, changes: Changes, *, least: int) -> None:
        """Go on with other options; at least so many steps are taken in all."""
        iteration = self._iteration
        now = Adopted(self._job, self._options, iteration.rungs)
        self._job, self._options, iteration.rungs = adopted(now, changes, least)
        self._progress.follow(iteration.rungs)
        if gives_targets(changes):
            iteration.styling = self._job.styling

    def _paint_rung(self) -> Iterator[Step]:
        job, iteration, progress = self._job, self._iteration, self._progress
        # Whoever finishes a job that rests takes the picture that is there.
        is_wanted_now = bool(self._restored) and job.controls.is_finishing
        # A state may have been saved after a rung's last step, and after the job's.
        is_done = iteration.is_rung_done or self._plateau.is_flat or is_wanted_now
        if is_done and not (self._is_last_rung or is_wanted_now):
            return
        self._build_objective()
        self._restore_objective()
        self._limit = color_limits(job, iteration.here, self._network.device)
        if iteration.step == 0:
            self._limit(iteration.image)
        self._remember()
        progress.begin_rung(self._objective.weights)
        if is_done:
            losses, _ = self._differentiate()
            yield from self._reported(progress.read(iteration, losses), is_done=True)
        while not is_done:
            self._take_changes()
            losses = self._move()
            is_flat = self._options.early_stop and self._plateau.add(losses.total)
            is_done = self._ends_here(is_flat=is_flat) or job.controls.is_finishing
            if not (is_done or progress.is_due(iteration)):
                continue
            try:
                read = progress.read(iteration, losses)
            except NumericalDivergenceError as error:
                self._recover(error)
                is_done = False
                continue
            self._remember()
            yield from self._reported(read, is_done=is_done)

    def _ends_here(self, *, is_flat: bool) -> bool:
        iteration = self._iteration
        if not (iteration.is_rung_done or is_flat) or not self._is_last_rung:
            return iteration.is_rung_done or is_flat
        controls = self._job.controls
        return not controls.goes_on(iteration.steps_taken, is_flat=is_flat)

    def _restore_objective(self) -> None:
        """Give the objective of the rung that a job goes on from what was kept."""
        restored, self._restored = self._restored, {}
        if not restored:
            return
        try:
            self._objective.restore(restored)
        except (KeyError, RuntimeError) as error:
            raise StateError(f"the state is incomplete: {error}") from error

    def _build_objective(self) -> None:
        """Make the objective of this rung."""
        job, rung = self._job, self._iteration.here
        pixels = rung.pixels * len(job.batch)
        is_rescued = self._iteration.is_rescued
        choose = rescue_memory_plan if is_rescued else choose_memory_plan
        precision, memory = self._network.precision, job.memory
        plan = choose(pixels, precision, job.options, job.free_bytes, memory)
        if self._differentiation is not None:
            # What was found too large before is not tried again.
            plan = self._differentiation.plan.or_smaller(plan)
        build = ObjectiveBuilder(job, rung, self._network, self._cache, plan).build
        self._objective = build(self._options)
        self._differentiation = Differentiation(
            self._network,
            self._objective,
            job.check_interruption,
            plan,
            rung.steps,
            may_save=is_rescued or job.options.memory is MemoryMode.AUTO,
        )
        # Blocks of the last rung and of the targets have sizes that no step asks for.
        release_freed_memory()

    def _take_changes(self) -> None:
        """Take in what was asked for since the last step."""
        taken = self._iteration.steps_taken
        changes = self._job.controls.take(taken)
        if not changes:
            return
        self._adopt(changes, least=taken + 1)
        job, here = self._job, self._iteration.here
        if gives_targets(changes):
            self._build_objective()
            self._limit = color_limits(job, here, self._network.device)
        elif self._differentiation is not None:
            self._objective.weights = loss_weights(
                self._options, job.hyperparameters, here, job.rungs
            )
            self._differentiation.reweigh(self._objective)
        # Losses of other weights do not compare.
        self._progress.begin_rung(self._objective.weights)
        self._plateau = Plateau()
        self._iteration.optimizer.change_objective()

    def _move(self) -> Losses:
        """Take one step."""
        iteration = self._iteration
        losses, gradient = self._differentiate()
        clip = self._options.gradient_clip
        if clip is not None:
            gradient = clipped(gradient, clip)
        done = iteration.step / iteration.here.steps
        factor = rate_factor(self._options, self._job.hyperparameters, done)
        iteration.move(losses.total, gradient, factor, self._limit)
        return losses

    def _differentiate(self) -> tuple[Losses, Tensor]:
        if self._differentiation is None:
            raise RuntimeError("the objective was not built yet")
        self._objective.begin(self._iteration.step)
        return self._differentiation(self._iteration.image)

    def _remember(self) -> None:
        self._sound = (self._iteration.step, self._iteration.image.clone())

    def _recover(self, error: NumericalDivergenceError) -> None:
        """Go back to the last sound image with a smaller step, once.

        In float32 from here on: what 16 bits could not hold they can not hold later.
        """
        iteration = self._iteration
        if iteration.is_rescued:
            raise error
        logger.warning("diverged step=%d: %s", iteration.steps_taken, error)
        iteration.is_rescued = True
        iteration.factor *= _SMALLER
        iteration.restart(
            optimizer_of(self._job.options, self._job.hyperparameters), *self._sound
        )
        self._plateau = Plateau()
        self._progress.begin_rung(self._objective.weights)
        if self._network.precision is not Precision.FLOAT32:
            self._network = self._network_of(Precision.FLOAT32)
            self._build_objective()

    def _reported(self, losses: StepLosses, *, is_done: bool) -> Iterator[Step]:
        """Yield one step that can be looked at until the work goes on."""
        iteration = self._iteration
        is_finishing = self._job.controls.is_finishing
        # Decided once: a request to finish that comes while this step is read is
        # taken in at the next one, which then is the last.
        is_last = is_done and (self._is_last_rung or is_finishing)
        self._is_over = is_last
        view = StepView(lambda: self._pictures(is_last=is_last), self._state)
        try:
            yield self._progress.step(
                iteration,
                losses,
                view,
                is_last=is_last,
                stopped_early=is_last and is_finishing,
            )
        finally:
            view.clear()
            self._progress.reported()

    def _pictures(self, *, is_last: bool) -> list[Image.Image]:
        pastiche = self._iteration.picture()
        full = self._job.rungs[-1]
        if is_last and pastiche.shape[2:] != (full.height_px, full.width_px):
            pastiche = enlarge(pastiche, full.height_px, full.width_px)
        pairs = zip(self._job.batch, pastiche, strict=True)
        return [to_picture(each.palette.finish(image[None])) for each, image in pairs]

    def _state(self) -> PaintingState:
        return self._iteration.export(self._plateau.state() | self._objective.state())
