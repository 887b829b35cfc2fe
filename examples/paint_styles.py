"""Paint the style pictures of this folder again.

    python examples/paint_styles.py [NAME ...] [--into FOLDER] [--long-side PX]

Needs numpy and Pillow. The same versions give the same pictures.
"""

import argparse
import sys
from pathlib import Path

from painters.picture import MANNERS, paint, save_below_limit

_HERE = Path(__file__).parent


def main(arguments: list[str] | None = None) -> int:
    """Paint the pictures that are asked for, all by default."""
    options = _parser().parse_args(arguments)
    known = {manner.name: manner for manner in MANNERS}
    unknown = [name for name in options.names if name not in known]
    if unknown:
        print(f"no such style: {', '.join(unknown)}; there are {', '.join(known)}",
              file=sys.stderr)  # fmt: skip
        return 2
    options.into.mkdir(parents=True, exist_ok=True)
    for name in options.names or known:
        path = options.into / f"{name}.jpg"
        quality = save_below_limit(paint(known[name], options.long_side), path)
        print(f"{path} ({path.stat().st_size // 1000} kB, quality {quality})")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Paint the style pictures again.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--into", type=Path, default=_HERE / "styles")
    parser.add_argument("--long-side", type=int, metavar="PX", help="a smaller picture")
    return parser


if __name__ == "__main__":
    sys.exit(main())
