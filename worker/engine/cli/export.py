"""A style for other programs: `python -m worker.engine export STYLE -o FILE`.

Returns text: printing and exit codes are the command line's.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from PIL import Image

from app.contract.packs.onnx import to_onnx
from worker.engine.cli.engine_flags import add_device_flags, cache_dir
from worker.engine.cli.fast import (
    STYLE_HELP,
    a_style,
    load_fast_engine,
    open_style,
)
from worker.engine.cli.paths import a_path, add_force_flag, require_ending, require_new
from worker.engine.cli.pictures import open_picture
from worker.engine.features.weights import load_weights
from worker.engine.feedforward import FastEngine, FastStyle, Pack
from worker.engine.feedforward.packs import identity
from worker.engine.files import write_atomically
from worker.engine.judgement import judge

EXPORT = "export"
_SUFFIXES = (".safetensors", ".onnx")


def exported_text(words: Sequence[str]) -> str:
    """Write a pack, or its network for ONNX, and return its SHA-256.

    Raises:
        ValueError: another ending, or no such style.
        PackError: the style is a file that is no pack.
    """
    arguments = _parser().parse_args(words)
    require_ending(arguments.output, *_SUFFIXES)
    require_new([arguments.output], [Path(arguments.style)], force=arguments.force)
    engine = load_fast_engine(arguments)
    style = open_style(engine, arguments.style)
    if not isinstance(style, Pack):
        painting, name = style, arguments.name or Path(arguments.style).stem
        style = engine.pack_of(painting, name)
        if arguments.judge is not None:
            style = _judged(engine, style, painting, open_picture(arguments.judge))
    elif arguments.judge is not None:
        raise ValueError("--judge needs a painting, and the style has none")
    content = style.to_bytes()
    if arguments.output.suffix.lower() == ".onnx":
        content = to_onnx(content)
    write_atomically(arguments.output, content)
    return f"{arguments.output} SHA-256 {identity(content)}"


def _judged(
    engine: FastEngine, pack: Pack, painting: Image.Image, photograph: Image.Image
) -> Pack:
    """Return the pack with what the judge says of a photograph in its style."""
    picture = engine.stylize(photograph, [FastStyle(pack=pack)])
    weights = load_weights(cache_dir=cache_dir())
    report = judge(photograph, painting, picture, weights)
    info = replace(pack.info, judgement=asdict(report))
    return replace(pack, info=info)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m worker.engine {EXPORT}",
        description="Write a style's network for other programs.",
    )
    add = parser.add_argument
    add("style", type=a_style, help=STYLE_HELP)
    add("-o", "--output", type=a_path, required=True, help="*.safetensors or *.onnx")
    add("--judge", type=a_path, metavar="PHOTO",
        help="a photograph to judge a painting's style with, for a pack")  # fmt: skip
    add("--name", help="of the style; the file's by default")
    add_force_flag(parser)
    add_device_flags(parser)
    return parser
