"""Finds the command that is meant, and turns what may go wrong into exit codes."""

import sys
from collections.abc import Sequence

from worker.engine.cli.batch import batch_text
from worker.engine.cli.build_kernels import BUILD_KERNELS, built_text
from worker.engine.cli.engine_flags import cache_dir
from worker.engine.cli.fetch_weights import FETCH_WEIGHTS, fetched_text
from worker.engine.cli.judge import JUDGE, judgement_text
from worker.engine.cli.pictures import open_picture
from worker.engine.cli.stylize import painted_text
from worker.engine.errors import EngineError

BATCH = "batch"
_BAD_INPUT = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 2 for bad input, 130 for Ctrl-C."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        print(_text(words))
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return _INTERRUPTED
    except (EngineError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _BAD_INPUT
    return 0


def _text(words: list[str]) -> str:
    """Run the command and return what to print."""
    command, rest = (words[0], words[1:]) if words else ("", [])
    if command == FETCH_WEIGHTS:
        return fetched_text(rest, cache_dir())
    if command == BUILD_KERNELS:
        return built_text(rest, cache_dir())
    if command == JUDGE:
        return judgement_text(rest, open_picture, cache_dir())
    if command == BATCH:
        return batch_text(rest)
    return painted_text(words)
