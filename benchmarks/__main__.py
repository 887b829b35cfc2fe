"""Run one measurement with its options, or all that are a habit.

Each of all runs in a process of its own: no memory or warmth of one passes to another.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks import (
    ceiling,
    checkpoints,
    controls,
    fast,
    fast_floors,
    front,
    gray,
    intake_memory,
    linear,
    pointcloud,
    presets,
    profile,
    quality,
    remembered,
    sizes,
    steering,
    step,
    training,
    video,
    winograd,
)
from benchmarks.peers import compare
from benchmarks.service import load, scaleout, soak

MEASUREMENTS: dict[str, Callable[[Sequence[str]], None]] = {
    "step": step.main,
    "profile": profile.main,
    "ceiling": ceiling.main,
    "peers": compare.main,
    "presets": presets.main,
    "controls": controls.main,
    "remembered": remembered.main,
    "winograd": winograd.main,
    "fast": fast.main,
    "fast-floors": fast_floors.main,
    "linear": linear.main,
    "pointcloud": pointcloud.main,
    "video": video.main,
    "gray": gray.main,
    "quality": quality.main,
    "sizes": sizes.main,
    "checkpoints": checkpoints.main,
    "front": front.main,
    "scaleout": scaleout.main,
    "load": load.main,
    "soak": soak.main,
    "steering": steering.main,
    "training": training.main,
    "intake-memory": intake_memory.main,
}
#: Their options are the short ones.
HABIT = (
    "step",
    "profile",
    "ceiling",
    "winograd",
    "peers",
    "presets",
    "fast",
    "fast-floors",
    "linear",
    "controls",
    "remembered",
    "gray",
    "front",
)
#: What `--long` measures instead or besides, and its options.
LONG: dict[str, list[str]] = {
    "peers": ["--most-steps", "1000"],
    "presets": ["--all"],
    "quality": [],
    "scaleout": [],
    "steering": [],
    "training": [],
    "load": [],
    "soak": [],
}
USAGE = f"""usage: python -m benchmarks [--long | NAME [options]]

Without a NAME all that are a habit. With --long also every preset at every size, the
peers with all the steps they would take, `quality`, 500 steps of the naive loop at
512 px, and the whole service with more workers, under a crowd, and for ten minutes:
hours on two cores.
NAME is one of: {", ".join(MEASUREMENTS)}. NAME --help tells its options."""


def main() -> None:
    """Print one table after the other."""
    name, *words = sys.argv[1:] or [""]
    if name in MEASUREMENTS:
        MEASUREMENTS[name](words)
    elif not name:
        _all({habit: [] for habit in HABIT})
        print("\nLeft out: the naive loop's 500 steps, see python -m benchmarks --help")
    elif name == "--long":
        _all({habit: [] for habit in HABIT} | LONG)
    elif name in ("-h", "--help"):
        print(USAGE)
    else:
        sys.exit(USAGE)


def _all(measurements: Mapping[str, Sequence[str]]) -> None:
    """Run one after the other; a failure is told and does not stop the rest."""
    failed = []
    for name, words in measurements.items():
        began_s = time.monotonic()
        command = [sys.executable, "-m", "benchmarks", name, *words]
        ended = subprocess.run(command, check=False)
        print(f"({name}: {time.monotonic() - began_s:.0f} s)", flush=True)
        if ended.returncode != 0:
            failed.append(name)
    if failed:
        sys.exit(f"these measurements failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
