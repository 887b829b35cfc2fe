"""Paint many pictures of one size in one pass: `python -m worker.engine batch`."""

import argparse
from collections.abc import Sequence

from worker.engine.cli.engine_flags import (
    add_engine_flags,
    load_engine,
    progress_bar,
    show,
)
from worker.engine.cli.option_flags import add_option_flags, options_from
from worker.engine.cli.paths import a_path, add_force_flag, require_new
from worker.engine.cli.pictures import encoder, open_picture
from worker.engine.files import write_atomically


def batch_text(words: Sequence[str]) -> str:
    """Paint, save, and return the paths of the results, one a line.

    Raises:
        ValueError: two results would have one name, or the pictures are not of one
            aspect.
    """
    arguments = _parser().parse_args(words)
    options = options_from(arguments)
    outputs = [arguments.output / f"{path.stem}.png" for path in arguments.content]
    if len(set(outputs)) < len(outputs):
        raise ValueError("two contents have one name: their results would be one file")
    inputs = [*arguments.content, arguments.style, arguments.weights]
    require_new(outputs, inputs, force=arguments.force)
    arguments.output.mkdir(parents=True, exist_ok=True)
    contents = [open_picture(path) for path in arguments.content]
    style_image = open_picture(arguments.style)
    engine = load_engine(arguments)
    steps = engine.stylize_batch(
        contents, [style_image] * len(contents), options, network=arguments.network
    )
    with progress_bar() as bar:
        for step in steps:
            show(bar, step)
            if step.is_last:
                pictures = step.pictures()
    for output, picture in zip(outputs, pictures, strict=True):
        write_atomically(output, encoder(output)(picture))
    return "\n".join(str(output) for output in outputs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m worker.engine batch",
        description="Repaint many photographs of one aspect in one painting's manner.",
    )
    add = parser.add_argument
    add("style", type=a_path, help="the painting")
    add("content", type=a_path, nargs="+", help="the photographs")
    add("-o", "--output", type=a_path, required=True, help="a folder")
    add_force_flag(parser)
    add_option_flags(parser)
    add_engine_flags(parser)
    return parser
