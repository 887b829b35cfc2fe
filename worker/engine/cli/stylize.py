"""Paint one picture: `python -m worker.engine CONTENT STYLE [STYLE ...] -o OUT`."""

import argparse
import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.contract.painting.choices import Keep, Start
from worker.engine.cli.engine_flags import (
    CACHE_VARIABLE,
    add_engine_flags,
    load_engine,
    progress_bar,
    show,
)
from worker.engine.cli.option_flags import add_option_flags, options_from
from worker.engine.cli.paths import a_path, add_force_flag, require_new
from worker.engine.cli.pictures import encoder, open_picture
from worker.engine.cli.state_file import StateFile
from worker.engine.files import write_atomically
from worker.engine.painting.step import Step
from worker.engine.styles import Style


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m worker.engine",
        description="Repaint a photograph in the manner of a painting, or of several.",
        epilog=f"'python -m worker.engine fetch-weights' prepares the network's "
        f"weights; {CACHE_VARIABLE} says where they are kept. "
        f"'python -m worker.engine judge' measures a result, "
        f"'python -m worker.engine batch' paints many pictures of one size at once, "
        f"'python -m worker.engine fast' one in a fraction of a second.",
    )
    add = parser.add_argument
    add("content", type=a_path, help="the photograph")
    add("style", type=a_path, nargs="+", help="the paintings, up to 4")
    add("-o", "--output", type=a_path, required=True, help="*.png, *.jpg or *.webp")
    add("--style-weight", type=float, action="append", default=[], metavar="X",
        help="of each painting, in order; 1 by default")  # fmt: skip
    add("--mask", type=a_path, action="append", default=[], metavar="FILE",
        help="where on the photograph each painting goes (white), in order; "
        "paintings without one share the rest")  # fmt: skip
    add("--style-mask", type=a_path, action="append", default=[], metavar="FILE",
        help="which part of each painting counts (white), in order")  # fmt: skip
    add("--keep-mask", type=a_path, metavar="FILE",
        help="what of the photograph is kept (white)")  # fmt: skip
    add("--init", type=a_path, metavar="FILE", help="the image to start from")
    add("--state", type=a_path, metavar="FILE",
        help="keep the state of the work here, and go on from it if it is there; "
        "removed when the picture is done")  # fmt: skip
    add("--json", action="store_true", help="print one JSON document about the result")
    add_force_flag(parser)
    add_option_flags(parser)
    add_engine_flags(parser)
    return parser


def painted_text(words: Sequence[str]) -> str:
    """Paint, save, and return what to print about it.

    What can be refused is refused before the network is loaded.
    """
    arguments = _parser().parse_args(words)
    encode = encoder(arguments.output)
    require_new([arguments.output], _inputs(arguments), force=arguments.force)
    options = options_from(_with_files(arguments))
    content_image, styles = open_picture(arguments.content), _styles(arguments)
    start_image = None if arguments.init is None else open_picture(arguments.init)
    keep_mask = None
    if arguments.keep_mask is not None:
        keep_mask = open_picture(arguments.keep_mask)
    saved = StateFile(arguments.state)
    started_s = time.monotonic()
    engine = load_engine(arguments)
    steps = engine.stylize(
        content_image,
        styles,
        options,
        start_image=start_image,
        keep_mask=keep_mask,
        network=arguments.network,
        resume_from=saved.read(),
    )
    with progress_bar() as bar:
        for step in steps:
            show(bar, step)
            if step.is_last:
                last, picture = step, step.picture()
            else:
                saved.keep(step)
    write_atomically(arguments.output, encode(picture))
    saved.remove()
    if arguments.json:
        seconds = time.monotonic() - started_s
        description = engine.describe(arguments.network, options.precision)
        report = _report(arguments.output, last, seconds)
        report["peak_memory_bytes"] = engine.peak_memory_bytes()
        report["engine"] = dataclasses.asdict(description)
        return json.dumps(report, indent=2)
    return str(arguments.output)


def _with_files(arguments: argparse.Namespace) -> argparse.Namespace:
    """Naming an image to start from, or a mask, says to use it."""
    if arguments.init is not None and arguments.start is None:
        arguments.start = Start.IMAGE.value
    if arguments.keep_mask is not None and arguments.keep is None:
        arguments.keep = Keep.MASK.value
    return arguments


def _inputs(arguments: argparse.Namespace) -> list[Path | None]:
    """Return the files that are read; the state is removed at the end."""
    masks = [*arguments.mask, *arguments.style_mask]
    single = [
        arguments.content,
        arguments.init,
        arguments.keep_mask,
        arguments.state,
        arguments.weights,
    ]
    return [*single, *arguments.style, *masks]


def _styles(arguments: argparse.Namespace) -> list[Style]:
    """Return the paintings with their weights and masks, in order.

    Raises:
        ValueError: there are more weights or masks than paintings.
    """
    count = len(arguments.style)
    for flag in ("style_weight", "mask", "style_mask"):
        if len(getattr(arguments, flag)) > count:
            name = flag.replace("_", "-")
            raise ValueError(
                f"--{name} came {len(getattr(arguments, flag))} times for {count} "
                "paintings"
            )

    def padded(values: list[Any], default: Any) -> list[Any]:  # paths or numbers
        return values + [default] * (count - len(values))

    return [
        Style(
            image=open_picture(path),
            weight=weight,
            mask=None if mask is None else open_picture(mask),
            image_mask=None if image_mask is None else open_picture(image_mask),
        )
        for path, weight, mask, image_mask in zip(
            arguments.style,
            padded(arguments.style_weight, 1.0),
            padded(arguments.mask, None),
            padded(arguments.style_mask, None),
            strict=True,
        )
    ]


def _report(output: Path, last: Step, seconds: float) -> dict[str, object]:
    return {
        "result": str(output),
        "width_px": last.width_px,
        "height_px": last.height_px,
        "steps": last.step,
        "losses": dataclasses.asdict(last.losses),
        "seconds": round(seconds, 3),
    }
