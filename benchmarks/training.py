"""Trainings of a style: what a step costs, and how far each start and choice comes.

CPU seconds of this process: on a busy machine others take most of the time that passes.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from app.contract.datasets import Split
from benchmarks.pictures import style_picture
from benchmarks.table import show
from worker.engine.datasets import Crops, Dataset, open_dataset
from worker.engine.training import (
    NEAREST,
    SCRATCH,
    Trained,
    TrainingEngine,
    TrainingOptions,
    TrainingStep,
)

CROP_PX, BATCH, STEPS, ROUNDS = 128, 2, 40, 5
PAINTING = "night"
#: Start and what is trained, by the word of the command line.
WAYS = {
    "all": (NEAREST, Trained.ALL),
    "norms": (NEAREST, Trained.NORMS),
    "scratch": (SCRATCH, Trained.ALL),
}


def main(words: Sequence[str]) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks training")
    parser.add_argument("--crop", type=int, default=CROP_PX, help="in pixels")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=[*WAYS])
    asked = parser.parse_args(words)
    dataset = open_dataset("builtin")
    size = {"crop_px": asked.crop, "batch_size": asked.batch}
    engines = {
        name: TrainingEngine.load(device="cpu", convolutions=name)
        for name in ("auto", "torch")
    }
    what = f"{asked.batch} pieces of {asked.crop} px"
    show(
        f"CPU seconds of a step, {what}",
        ["auto", "torch's convolutions", "torch / auto", "loader, decoding", "again"],
        [step_row(engines, dataset, size, asked.rounds)],
    )
    show(
        f"{asked.steps} steps of {what}, {PAINTING}",
        ["way", "CPU s", "style error at first", "at last", "edges", "the gate"],
        [
            trained_row(engines["auto"], dataset, size, asked.steps, way)
            for way in asked.ways
        ],
    )


def step_row(
    engines: dict[str, TrainingEngine],
    dataset: Dataset,
    size: dict[str, int],
    rounds: int,
) -> list[str]:
    """Return medians, the engines in turns; the first step of each is not counted."""
    options = TrainingOptions(steps=rounds + 3, **size)
    runs = {name: ticks(engine, dataset, options) for name, engine in engines.items()}
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(cpu_s(lambda run=run: next(run)))
    crops = Crops(dataset, Split.TRAIN, crop_px=size["crop_px"])
    first, again = (
        median(
            cpu_s(lambda k=k: [crops.batch(k + n) for n in range(size["batch_size"])])
            for k in range(rounds)
        )
        for _ in range(2)
    )
    ours, theirs = median(taken["auto"]), median(taken["torch"])
    times = [f"{each:.3f}" for each in (ours, theirs)]
    loads = [f"{each:.4f}" for each in (first, again)]
    return [times[0], times[1], f"{theirs / ours:.2f}", *loads]


def ticks(
    engine: TrainingEngine, dataset: Dataset, options: TrainingOptions
) -> Iterator[TrainingStep]:
    """Return a training's steps after the first; from scratch, so none is sought."""
    steps = engine.train(style_picture(), dataset, options, start=SCRATCH)
    next(steps)
    next(steps)
    return steps


def trained_row(
    engine: TrainingEngine,
    dataset: Dataset,
    size: dict[str, int],
    steps: int,
    way: str,
) -> list[str]:
    """Train once and return what came of it."""
    start, trained = WAYS[way]
    options = TrainingOptions(steps=steps, trained=trained, **size)
    began_s = time.process_time()
    *_, last = engine.train(style_picture(), dataset, options, start=start)
    best, reasons = last.best.score, last.reasons()
    return [
        way,
        f"{time.process_time() - began_s:.0f}",
        f"{last.curve[0].score.style_error:.3f}",
        f"{best.style_error:.3f}",
        f"{best.edge_correlation:.2f}",
        "passes" if not reasons else reasons[0].partition(":")[0],
    ]


def cpu_s(action: Callable[[], object]) -> float:
    """Return the CPU seconds that it took."""
    began_s = time.process_time()
    action()
    return time.process_time() - began_s
