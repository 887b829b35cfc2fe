"""Which network, where to compute: flags that every painting command has."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from app.contract.painting.choices import Network
from worker.engine.features.backbones.backends import BackendName
from worker.engine.painting.step import Step
from worker.engine.stylize import StyleEngine

from .paths import a_path

CACHE_VARIABLE = "IMPASTO_CACHE_DIR"


def add_engine_flags(parser: argparse.ArgumentParser) -> None:
    """Add what says with which network and where to compute."""
    parser.add_argument("--network", choices=[*Network], default=Network.VGG19.value)
    add_weights_flags(parser)


def add_weights_flags(parser: argparse.ArgumentParser) -> None:
    """Add what says where a network's weights are, and where to compute."""
    add = parser.add_argument
    add("--weights", type=a_path, metavar="FILE",
        help="the file of the network's weights, where they come in one")  # fmt: skip
    add("--download", action="store_true",
        help="allow torchvision's weights to be fetched")  # fmt: skip
    add("--convolutions", choices=[*BackendName], default=BackendName.AUTO.value,
        help="how they are computed; auto is winograd where it is quicker")  # fmt: skip
    add_device_flags(parser)


def add_device_flags(parser: argparse.ArgumentParser) -> None:
    """Add what says where to compute."""
    add = parser.add_argument
    add("--device", default="auto", help="auto, cpu, cuda or cuda:<index>")
    add("--threads", type=int, help="of the CPU")


# Any: arguments of several functions.
def weights_of(arguments: argparse.Namespace, network: str) -> dict[str, Any]:
    """Return what the flags say of a network's weights, as engines are told it."""
    return {
        "cache_dir": cache_dir(),
        "weights_paths": {network: arguments.weights} if arguments.weights else {},
        "download": arguments.download,
        "convolutions": arguments.convolutions,
    }


def load_engine(arguments: argparse.Namespace) -> StyleEngine:
    """Return the engine that the flags ask for."""
    return StyleEngine.load(
        device=arguments.device,
        threads=arguments.threads,
        **weights_of(arguments, arguments.network),
    )


def cache_dir() -> Path | None:
    """Return where decoded weights are kept, None for the user's cache."""
    # A .env file written on Windows has a carriage return at each line's end.
    value = os.environ.get(CACHE_VARIABLE, "").strip()
    return Path(value) if value else None


def progress_bar() -> "tqdm[Any]":
    """Return a bar on standard error, from 0 to 1."""
    form = "{percentage:3.0f}%|{bar}| {elapsed}{postfix}"
    return tqdm(total=1.0, bar_format=form, file=sys.stderr)


def show(bar: "tqdm[Any]", step: Step) -> None:
    """Move the bar to a step and say what it did."""
    bar.update(step.fraction - bar.n)
    bar.set_postfix_str(
        f"scale {step.scale}/{step.total_scales} {step.width_px}x{step.height_px}, "
        f"step {step.step}/{step.total_steps}, loss {step.losses.total:.4f}"
    )
