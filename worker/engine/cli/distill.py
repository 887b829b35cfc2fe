"""A light network in a teacher's place: `python -m worker.engine distill -o STUDENT`.

Returns text: printing and exit codes are the command line's. The state lies beside the
student, so that a run that was ended goes on with the same words.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from app.contract.painting.choices import Network, Pooling
from app.contract.painting.layers import VGG19_LAYERS, layers_of
from worker.engine.cli.engine_flags import add_weights_flags, weights_of
from worker.engine.cli.paths import a_path, add_force_flag, require_ending, require_new
from worker.engine.cli.train import dataset_of, minutes_of
from worker.engine.distillation import (
    Distillation,
    DistillationOptions,
    DistillationState,
    DistillationStep,
    Likeness,
    distil,
)
from worker.engine.distillation.distiller import LOOKS
from worker.engine.errors import StateError
from worker.engine.features.extractor import uninterrupted
from worker.engine.features.networks import NetworkChoice, open_networks
from worker.engine.features.weights.lite0 import read_lite0
from worker.engine.files import write_atomically
from worker.engine.machine import device as devices

DISTILL = "distill"
#: Teachers whose layers a student can be taught.
_TEACHERS = [each.value for each in Network if layers_of(each) == VGG19_LAYERS]
_STUDENTS = ("efficientnet_lite0",)
_MINUTES = 10.0
#: Steps that are timed: with and without a look, of the first stage and the second.
_TIMED = {"steps": 4, "gradient_steps": 6}
_TIMED_STEPS = 6
#: Of all steps, those of the second stage.
_GRADIENT_PART = 0.12
_LEAST_STEPS = 10
_SAVED_EVERY_S = 30.0


def distilled_text(words: Sequence[str]) -> str:
    """Distil, write the student, and return how like its teacher it became.

    Raises:
        ValueError: an option is no good.
        EngineError: pictures, weights or a state are.
    """
    arguments = _parser().parse_args(words)
    require_ending(arguments.output, ".safetensors")
    began_s = time.monotonic()
    require_new([arguments.output], [], force=arguments.force)
    state = _state_file(arguments.output)
    distillation = _distillation(arguments)
    if state.is_file():
        kept = DistillationState.from_bytes(state.read_bytes())
        distillation = _resumed(distillation, kept, state)
    elif arguments.steps is None:
        distillation = _within(distillation, arguments.minutes, began_s)
    last = _distilled(distillation, state)
    write_atomically(arguments.output, last.student().to_bytes())
    state.unlink(missing_ok=True)
    return "\n".join([str(arguments.output), *_report(last.curve)])


def _distillation(arguments: argparse.Namespace) -> Distillation:
    compute = devices.choose(arguments.device, "float32")
    if arguments.threads is not None:
        devices.use_threads(arguments.threads)
    networks = open_networks(compute.device, **weights_of(arguments, arguments.teacher))
    teacher = Network(arguments.teacher)
    options = DistillationOptions(crop_px=arguments.crop_size, seed=arguments.seed)
    if arguments.steps is not None:
        options = _split(options, arguments.steps)
    return Distillation(
        teacher=networks.network(
            NetworkChoice(teacher, compute.precision, Pooling.MAX)
        ),
        backbone=read_lite0(),
        dataset=dataset_of(arguments.dataset),
        options=options,
        check=uninterrupted,
    )


def _split(options: DistillationOptions, steps: int) -> DistillationOptions:
    """Return options of so many steps in both stages together."""
    second = round(_GRADIENT_PART * steps)
    return replace(options, steps=steps - second, gradient_steps=second)


class _Costs(NamedTuple):
    """Seconds of a step of either stage, and of a look at the held-out pictures."""

    step_s: float
    gradient_step_s: float
    look_s: float


def _within(distillation: Distillation, minutes: float, began_s: float) -> Distillation:
    """Return the distillation of as many steps as are likely to fit, and say so.

    It begins with what was fitted here, which hangs on no number of steps.

    Args:
        distillation: its steps do not matter.
        minutes: all that may pass.
        began_s: when they began, of the monotonic clock.
    """
    timed = replace(distillation.options, **_TIMED)
    ticks = distil(replace(distillation, options=timed))
    start = next(ticks).state()
    next(ticks)  # what the first step alone has to do
    costs = _costs(ticks, timed.steps)
    steps = steps_within(60 * minutes - (time.monotonic() - began_s), costs)
    sys.stderr.write(f"{steps} steps, {costs.step_s:.2f} s each at first\n")
    found = replace(
        distillation, options=_split(distillation.options, steps), resume_from=None
    )
    start = replace(start, distillation=found.fingerprint(), options=found.options)
    return replace(found, resume_from=start)


def _costs(ticks: Iterator[DistillationStep], first_stage: int) -> _Costs:
    """Return what the next few steps have taken."""
    taken: dict[tuple[bool, bool], list[float]] = {}
    for _ in range(_TIMED_STEPS):
        began_s = time.monotonic()
        step = next(ticks)
        is_seen = step.curve[-1].step == step.step
        of_kind = taken.setdefault((step.step > first_stage, is_seen), [])
        of_kind.append(time.monotonic() - began_s)
    plain_s = fmean(taken[False, False])
    return _Costs(
        step_s=plain_s,
        gradient_step_s=fmean(taken[True, False]),
        look_s=max(0.0, fmean(taken[False, True]) - plain_s),
    )


def steps_within(left_s: float, costs: _Costs) -> int:
    """Return how many steps of both stages fit with their looks."""
    longer_s = costs.gradient_step_s - costs.step_s
    mean_s = costs.step_s + _GRADIENT_PART * longer_s
    fitting = math.floor((left_s - LOOKS * costs.look_s) / mean_s)
    return max(_LEAST_STEPS, fitting)


def _resumed(
    distillation: Distillation, kept: DistillationState, state: Path
) -> Distillation:
    """Return the distillation from where it was left, of as many steps.

    Raises:
        StateError: other options were asked for then.
    """
    counts = (kept.options.steps, kept.options.gradient_steps)
    asked = replace(distillation.options, steps=counts[0], gradient_steps=counts[1])
    if asked != kept.options:
        raise StateError(
            f"{state} was left with other options: repeat them, or delete it"
        )
    sys.stderr.write(f"going on at step {kept.step} of {kept.options.total_steps}\n")
    return replace(distillation, options=kept.options, resume_from=kept)


def _distilled(distillation: Distillation, state: Path) -> DistillationStep:
    """Return the last step; each look is a line on standard error."""
    saved_s = time.monotonic()
    for step in _told(distil(distillation)):
        if step.is_last:
            return step
        if time.monotonic() - saved_s > _SAVED_EVERY_S:
            write_atomically(state, step.state().to_bytes())
            saved_s = time.monotonic()
    raise AssertionError("a distillation has a step at least")


def _told(steps: Iterator[DistillationStep]) -> Iterator[DistillationStep]:
    for step in steps:
        latest = step.curve[-1]
        if latest.step == step.step:
            sys.stderr.write(
                f"step {step.step}/{step.total_steps}: held-out R² {latest.mean:.3f}, "
                f"gradient cosine {latest.gradient:.3f}\n"
            )
        yield step


def _report(curve: Sequence[Likeness]) -> list[str]:
    """Return a table of the layers, at first and at last, on held-out pictures."""
    first, last = curve[0], curve[-1]
    rows = [f"{'layer':<8} {'R² fitted':>10} {'R² learnt':>10}"]
    for layer, found in last.r_squared.items():
        rows.append(f"{layer:<8} {first.r_squared[layer]:>10.3f} {found:>10.3f}")
    rows.append(f"{'mean':<8} {first.mean:>10.3f} {last.mean:>10.3f}")
    rows.append(f"style gradient, cosine: {first.gradient:.3f}, {last.gradient:.3f}")
    return rows


def _state_file(output: Path) -> Path:
    return output.with_suffix(".state")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m worker.engine {DISTILL}",
        description="Teach a light network the feature maps of VGG19.",
    )
    add = parser.add_argument
    add("--teacher", choices=_TEACHERS, default=Network.VGG19.value)
    add("--student", choices=_STUDENTS, default=_STUDENTS[0])
    add("-o", "--output", type=a_path, required=True, metavar="STUDENT",
        help="*.safetensors; until it is ready a *.state lies beside it, from which "
        "the same words go on")  # fmt: skip
    add("--dataset", default="builtin", metavar="DIR",
        help="a folder that `impasto dataset` made, or builtin")  # fmt: skip
    add("--minutes", type=minutes_of, default=_MINUTES,
        help="about how long it may take; a few steps are timed first")  # fmt: skip
    add("--steps", type=int, help="so many, however long they take")
    add("--crop-size", type=int, default=96, help="of the photographs' pieces")
    add("--seed", type=int, default=0)
    add_weights_flags(parser)
    add_force_flag(parser)
    return parser
