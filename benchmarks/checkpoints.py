"""What checkpoints cost: their size, their time, and how much of the painting's.

Computing time of this thread, not the clock's: what else runs on the machine does not
count, nor does waiting for the disk, which the painting does not do either.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from app.contract.records.wire import checkpoint_key
from app.stores.blobs import DirectoryBlobStore
from benchmarks.pictures import content_picture, style_picture
from benchmarks.table import show
from worker.attempt.checkpoints import LEAST_PART
from worker.engine import OptimizerName, Step, StyleEngine, StylizeOptions
from worker.settings import WorkerSettings

SIZES_PX = (256, 512)
#: L-BFGS remembers 20 pairs; the last steps have them all.
STEPS, MEASURED = 25, 4
NOTE = (
    "The painting copies its state; a thread beside it stores the file, on a disk. A "
    "checkpoint comes every so many seconds: the setting's, or as many as keep storing "
    f"below 1/{LEAST_PART} of the time. Copies for a worker that must leave cost "
    f"another 1/{LEAST_PART} at most."
)


def main(words: Sequence[str]) -> None:
    """Print a row a size and optimizer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks checkpoints")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES_PX))
    arguments = parser.parse_args(words)
    engine = StyleEngine.load()
    rows = [
        [f"{size_px} px", optimizer.value, *_measured(engine, size_px, optimizer)]
        for size_px in arguments.sizes
        for optimizer in OptimizerName
    ]
    head = ["long side", "optimizer", "MB", "copy, ms", "store, ms", "every", "part"]
    show("Checkpoints", head, rows, [NOTE])


def _measured(engine: StyleEngine, size_px: int, optimizer: OptimizerName) -> list[str]:
    options = StylizeOptions(
        size_px=size_px, rungs=((size_px, STEPS),), optimizer=optimizer
    )
    steps = engine.stylize(
        content_picture(), style_picture(), options, report_interval_s=0
    )
    with tempfile.TemporaryDirectory() as folder:
        store = DirectoryBlobStore(Path(folder))
        kept = [
            _keep(step, store)
            for step in steps
            if STEPS - MEASURED <= step.step < STEPS
        ]
    file_bytes, copy_s, store_s = (median(column) for column in zip(*kept, strict=True))
    interval_s = WorkerSettings.model_fields["checkpoint_interval_s"].default
    every_s = max(interval_s, LEAST_PART * store_s)
    return [
        f"{file_bytes / 1e6:.1f}",
        f"{copy_s * 1e3:.0f}",
        f"{store_s * 1e3:.0f}",
        f"{every_s:.0f} s",
        f"{(copy_s + store_s) / every_s:.1%}",
    ]


def _keep(step: Step, store: DirectoryBlobStore) -> tuple[float, float, float]:
    """Return the file's bytes, and the seconds to copy and to store it."""
    began_s = time.thread_time()
    state = step.state()
    copied_s = time.thread_time()
    content = state.to_bytes()
    store.put(checkpoint_key("job", 1), content)
    return float(len(content)), copied_s - began_s, time.thread_time() - copied_s
