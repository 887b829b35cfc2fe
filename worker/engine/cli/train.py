"""A style of one's own: `python -m worker.engine train PAINTING -o PACK`.

Returns text: printing and exit codes are the command line's.
"""

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from PIL import Image

from app.contract.packs.info import PackInfo
from worker.engine.cli.engine_flags import add_engine_flags, weights_of
from worker.engine.cli.paths import a_path, add_force_flag, require_ending, require_new
from worker.engine.cli.pictures import open_picture
from worker.engine.datasets import Dataset, open_dataset, read_dataset
from worker.engine.files import write_atomically
from worker.engine.training import (
    NEAREST,
    SCRATCH,
    Trained,
    TrainingEngine,
    TrainingOptions,
    TrainingStep,
)

TRAIN = "train"
_MINUTES = 5.0
#: Steps that are timed before it is said how many will do, and the fewest of all.
_TIMED_STEPS = 4
_LEAST_STEPS = 20
#: The judge looks on besides.
_JUDGING = 1.1


def trained_text(words: Sequence[str]) -> str:
    """Train, write the pack and its samples, and return what came of it.

    Raises:
        ValueError: the painting or an option is no good.
        DatasetError: the photographs are.
    """
    arguments = _parser().parse_args(words)
    require_ending(arguments.output, ".safetensors")
    samples = arguments.output.with_suffix(".png")
    require_new(
        [arguments.output, samples], [arguments.painting], force=arguments.force
    )
    painting = open_picture(arguments.painting)
    dataset = dataset_of(arguments.dataset)
    engine = TrainingEngine.load(
        device=arguments.device,
        threads=arguments.threads,
        **weights_of(arguments, arguments.network),
    )
    options = TrainingOptions(
        crop_px=arguments.crop_size,
        trained=Trained(arguments.train),
        temporal=arguments.temporal,
    )
    steps = arguments.steps or _steps_for(engine, painting, dataset, options, arguments)
    last = _trained(engine, painting, dataset, replace(options, steps=steps), arguments)
    info = PackInfo(
        name=arguments.name or arguments.painting.stem,
        licence=arguments.license,
        origin=f"trained: {last.origin}",
        judgement=asdict(last.best.score),
    )
    write_atomically(arguments.output, last.pack(info).to_bytes())
    last.best_samples().save(samples)
    return "\n".join([f"{arguments.output} and {samples}", *_verdict(last)])


def _steps_for(
    engine: TrainingEngine,
    painting: Image.Image,
    dataset: Dataset,
    options: TrainingOptions,
    arguments: argparse.Namespace,
) -> int:
    """Return how many steps the minutes allow, and say what is to be expected."""
    timed = replace(options, steps=_TIMED_STEPS)
    ticks = iter(
        engine.train(
            painting,
            dataset,
            timed,
            start=arguments.start,
            network=arguments.network,
        )
    )
    began_s = time.monotonic()
    next(ticks)
    first_s = time.monotonic()
    for _ in range(_TIMED_STEPS - 1):
        next(ticks)
    step_s = (time.monotonic() - first_s) / (_TIMED_STEPS - 1)
    left_s = 60 * arguments.minutes - 2 * (first_s - began_s)
    steps: int = max(_LEAST_STEPS, math.floor(left_s / (step_s * _JUDGING)))
    sys.stderr.write(
        f"{step_s:.2f} s a step of {options.crop_px} px: {steps} steps, about "
        f"{(steps * step_s * _JUDGING + first_s - began_s) / 60:.1f} minutes\n"
    )
    return steps


def _trained(
    engine: TrainingEngine,
    painting: Image.Image,
    dataset: Dataset,
    options: TrainingOptions,
    arguments: argparse.Namespace,
) -> TrainingStep:
    """Return the last step; each judgement is a line on standard error."""
    last: TrainingStep | None = None
    for step in engine.train(
        painting,
        dataset,
        options,
        start=arguments.start,
        network=arguments.network,
    ):
        last, latest = step, step.curve[-1]
        if latest.step == step.step:
            sys.stderr.write(
                f"step {step.step}/{step.total_steps}: style error "
                f"{latest.score.style_error:.3f}, edges "
                f"{latest.score.edge_correlation:.2f}\n"
            )
    if last is None:
        raise AssertionError("a training has a step at least")
    return last


def _verdict(last: TrainingStep) -> list[str]:
    first, best = last.curve[0].score, last.best.score
    told = (
        f"style error {best.style_error:.3f} (the start's {first.style_error:.3f}), "
        f"edges {best.edge_correlation:.2f}, best at step {last.best.step}"
    )
    return [told, *(f"not good enough: {reason}" for reason in last.reasons())]


def dataset_of(text: str) -> Dataset:
    """Return the set of a name, or of a folder."""
    folder = Path(text)
    return read_dataset(folder) if folder.is_dir() else open_dataset(text)


def minutes_of(text: str) -> float:
    """Return what an option says, above 0."""
    minutes = float(text)
    if not 0 < minutes < math.inf:
        raise argparse.ArgumentTypeError(f"{text} must be above 0")
    return minutes


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m worker.engine {TRAIN}",
        description="Train a fast style of one painting.",
    )
    add = parser.add_argument
    add("painting", type=a_path, metavar="PAINTING")
    add("-o", "--output", type=a_path, required=True, metavar="PACK",
        help="*.safetensors; samples go beside it as a PNG")  # fmt: skip
    add("--name", help="of the style; the painting's file if left out")
    add("--license", default="not said", help="of the painting, and so of the style")
    add("--dataset", default="builtin", metavar="DIR",
        help="a folder that `impasto dataset` made, or builtin")  # fmt: skip
    add("--minutes", type=minutes_of, default=_MINUTES,
        help="about how long it may take; a few steps are timed first")  # fmt: skip
    add("--steps", type=int, help="so many, however long they take")
    add("--crop-size", type=int, default=128, help="of the photographs' pieces")
    add("--train", choices=[*Trained], default=Trained.ALL.value)
    add("--temporal", type=float, default=0.0,
        help="steadiness for video, 0 to 1; a step takes longer")  # fmt: skip
    add("--start", choices=[NEAREST, SCRATCH], default=NEAREST)
    add_engine_flags(parser)
    add_force_flag(parser)
    return parser
