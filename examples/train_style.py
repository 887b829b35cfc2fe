"""Train a fast style of one painting and look at what it paints.

    python examples/train_style.py examples/styles/woodcut.jpg woodcut.safetensors

Writes the pack, `woodcut.png` with four photographs that it never learnt from, and
prints the judge's numbers on the way. It takes 300 steps, or as many as a third word
says; the packages of the extras `worker` and `fast` are all that is needed.
"""

import sys
from pathlib import Path

from PIL import Image

from app.contract.packs.info import PackInfo
from worker.engine.datasets import open_dataset
from worker.engine.training import TrainingEngine, TrainingOptions


def main(painting: Path, pack: Path, steps: int) -> None:
    """Train for so many steps; write the best pack and a sheet of samples."""
    engine = TrainingEngine.load()
    photographs = open_dataset("builtin")  # or read_dataset(Path("data/datasets/mine"))
    options = TrainingOptions(steps=steps)
    with Image.open(painting) as picture:
        for step in engine.train(picture, photographs, options):
            latest = step.curve[-1]
            if latest.step == step.step:  # it was judged just now
                print(f"step {step.step}: {latest.score}", flush=True)
    info = PackInfo(name=painting.stem, licence="as the painting", origin="trained")
    pack.write_bytes(step.pack(info).to_bytes())
    step.best_samples().save(pack.with_suffix(".png"))
    for reason in step.reasons():
        print(f"not good enough: {reason}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int((*sys.argv, 300)[3]))
