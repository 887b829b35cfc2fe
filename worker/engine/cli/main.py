"""Finds the command that is meant, and turns what may go wrong into exit codes."""

import os
import sys
from collections.abc import Sequence

from worker.engine.cli.batch import batch_text
from worker.engine.cli.build_kernels import BUILD_KERNELS, built_text
from worker.engine.cli.distill import DISTILL, distilled_text
from worker.engine.cli.engine_flags import cache_dir
from worker.engine.cli.export import EXPORT, exported_text
from worker.engine.cli.fast import FAST, fast_text
from worker.engine.cli.fetch_weights import FETCH_WEIGHTS, fetched_text
from worker.engine.cli.judge import JUDGE, judgement_text
from worker.engine.cli.pictures import open_picture
from worker.engine.cli.stylize import painted_text
from worker.engine.cli.train import TRAIN, trained_text
from worker.engine.cli.weights import WEIGHTS, weights_text
from worker.engine.errors import EngineError

BATCH = "batch"
_NO_OUTPUT = 1
_BAD_INPUT = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 2 for bad input, 130 for Ctrl-C."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        text = _text(words)
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return _INTERRUPTED
    except (EngineError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _BAD_INPUT
    return _printed(text)


def _printed(text: str) -> int:
    """Print on standard output; return 1 if that takes no more."""
    try:
        print(text, flush=True)
    except OSError as error:
        # Python would try once more at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        print(f"error: cannot write to standard output: {error}", file=sys.stderr)
        return _NO_OUTPUT
    return 0


def _text(words: list[str]) -> str:
    """Run the command and return what to print."""
    command, rest = (words[0], words[1:]) if words else ("", [])
    if command == FETCH_WEIGHTS:
        return fetched_text(rest, cache_dir())
    if command == WEIGHTS:
        return weights_text(rest, cache_dir())
    if command == BUILD_KERNELS:
        return built_text(rest, cache_dir())
    if command == JUDGE:
        return judgement_text(rest, open_picture, cache_dir())
    commands = {
        BATCH: batch_text,
        FAST: fast_text,
        EXPORT: exported_text,
        TRAIN: trained_text,
        DISTILL: distilled_text,
    }
    if command in commands:
        return commands[command](rest)
    return painted_text(words)
