"""What an adapter is asked for and what it answers: one JSON line.

Read by both interpreters; imports nothing that only one of them has.
"""

import argparse
import itertools
import json
import statistics
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """One run of a peer.

    Attributes:
        content: path of the photograph, at the size that is wanted.
        style: path of the painting, likewise.
        weights: path of the Oxford VGG19 weights by name, as `torch.save` wrote them.
        steps: of the peer's optimizer.
        result: where the picture is to be written.
    """

    content: Path
    style: Path
    weights: Path
    steps: int
    result: Path

    def as_words(self) -> list[str]:
        """Return the command line that `read_request` reads."""
        return [
            f"--content={self.content}",
            f"--style={self.style}",
            f"--weights={self.weights}",
            f"--steps={self.steps}",
            f"--result={self.result}",
        ]


def read_request() -> Request:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser()
    for name in ("content", "style", "weights", "result"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    return Request(**vars(parser.parse_args()))


def answer(
    request: Request, began_s: float, marks_s: list[float], ended_s: float
) -> None:
    """Print the JSON line.

    Args:
        request: what was asked for.
        began_s: when the pictures were handed over, the network in memory.
        marks_s: when each step began.
        ended_s: when the last step ended.
    """
    edges_s = [*marks_s, ended_s]
    steps_s = [later - sooner for sooner, later in itertools.pairwise(edges_s)]
    line = {
        "step_s": statistics.median(steps_s[1:] or steps_s),
        "seconds": ended_s - began_s,
        "steps": len(steps_s),
        "result": str(request.result),
    }
    print(json.dumps(line), flush=True)
