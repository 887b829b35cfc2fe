"""Run the measurements that are named, or all of them."""

import sys

from benchmarks import presets, step

MEASUREMENTS = {"step": step.main, "presets": presets.main}


def main() -> None:
    """Print one table after the other."""
    names = sys.argv[1:] or list(MEASUREMENTS)
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        sys.exit(f"no measurement {unknown}; there are {list(MEASUREMENTS)}")
    for name in names:
        MEASUREMENTS[name]()


if __name__ == "__main__":
    main()
