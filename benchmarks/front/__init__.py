"""The HTTP front: polls, open streams, submissions; real processes on loopback.

Valkey, uvicorn and a worker that paints run as they do for users. What is measured and
what measures share the machine: on two cores the server has half of one of them.
"""

import argparse
import resource
from collections.abc import Sequence

from benchmarks.front import polls, streams, submissions
from benchmarks.front.running_api import running_api


def main(words: Sequence[str]) -> None:
    """Print a table for each promise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks front")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each poll run")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args(words)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with running_api() as ours:
        submissions.measure(ours)
    with running_api() as ours:
        streams.measure(ours)
    with running_api() as ours:
        polls.measure(ours, arguments.seconds, arguments.rounds)
