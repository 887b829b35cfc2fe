"""Take the content photographs of this folder again.

    python examples/render_contents.py [NAME ...] [--into FOLDER] [--long-side PX]

Needs numpy and Pillow, and some minutes: every pixel is traced in Python.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from painters.picture import save_below_limit
from photographs.camera import Scene, photograph
from photographs.harbour import Harbour
from photographs.still_life import StillLife

_HERE = Path(__file__).parent
_SEED = 5
_WIDTH_PX, _HEIGHT_PX = 1000, 750


def scenes() -> dict[str, Scene]:
    """Build every scene, by the name of its file."""
    return {
        "harbour": Harbour(np.random.default_rng(_SEED)),
        "still-life": StillLife(np.random.default_rng(_SEED)),
    }


def main(arguments: list[str] | None = None) -> int:
    """Take the photographs that are asked for, all by default."""
    options = _parser().parse_args(arguments)
    known = scenes()
    unknown = [name for name in options.names if name not in known]
    if unknown:
        print(f"no such scene: {', '.join(unknown)}; there are {', '.join(known)}",
              file=sys.stderr)  # fmt: skip
        return 2
    options.into.mkdir(parents=True, exist_ok=True)
    height_px = round(options.long_side * _HEIGHT_PX / _WIDTH_PX)
    for name in options.names or known:
        path = options.into / f"{name}.jpg"
        save_below_limit(photograph(known[name], options.long_side, height_px), path)
        print(f"{path} ({path.stat().st_size // 1000} kB)")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Take the content photographs again.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--into", type=Path, default=_HERE / "contents")
    parser.add_argument("--long-side", type=int, default=_WIDTH_PX, metavar="PX")
    return parser


if __name__ == "__main__":
    sys.exit(main())
