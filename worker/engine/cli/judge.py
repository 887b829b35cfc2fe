"""The words of `python -m worker.engine judge CONTENT STYLE PASTICHE`.

Returns text: printing, opening files and exit codes are the command line's.
"""

import argparse
import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from worker.engine.features.weights import load_weights
from worker.engine.judgement import judge
from worker.engine.judgement.table import table

from .paths import a_path

JUDGE = "judge"


def judgement_text(
    words: Sequence[str],
    open_image: Callable[[Path], Image.Image],
    cache_dir: Path | None,
) -> str:
    """Return what to print about a picture: a table, or JSON if it was asked for.

    Raises:
        ValueError: a picture can not be read, or is too small.
        WeightsError: there is no network to look with.
    """
    arguments = _parser().parse_args(words)
    paths = (arguments.content, arguments.style, arguments.pastiche)
    content_image, style_image, pastiche = (open_image(path) for path in paths)
    vgg_weights = load_weights(cache_dir=cache_dir)
    report = judge(content_image, style_image, pastiche, vgg_weights)
    if arguments.json:
        return json.dumps(dataclasses.asdict(report), indent=2)
    return table(report)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m worker.engine {JUDGE}",
        description="Measure how near a picture is to its painting and its photograph.",
    )
    parser.add_argument("content", type=a_path, help="the photograph")
    parser.add_argument("style", type=a_path, help="the painting")
    parser.add_argument("pastiche", type=a_path, help="the picture made from both")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser
