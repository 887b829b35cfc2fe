"""The words of `python -m worker.engine build-kernels`, for machines with no compiler.

Returns text: printing and exit codes are the command line's.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from worker.engine.features.backbones.winograd.build import build_portable

BUILD_KERNELS = "build-kernels"


def built_text(words: Sequence[str], cache_dir: Path | None) -> str:
    """Compile the convolutions for every kind of CPU; return the files' names.

    Raises:
        BackendError: there is no compiler, or it refuses.
    """
    argparse.ArgumentParser(
        prog=f"python -m worker.engine {BUILD_KERNELS}",
        description="Compile our convolutions for other machines of this processor "
        "family, which need no compiler then; a container does it while it is built.",
    ).parse_args(words)
    built = build_portable(cache_dir or user_cache_path("impasto"))
    return "\n".join(path.name for path in built)
