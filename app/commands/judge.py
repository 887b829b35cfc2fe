"""`impasto judge`: what is measured of a painted clip, on this machine."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.commands.bundles import command
from app.commands.paths import a_path


@command
def judge(
    *,
    result: Annotated[
        Path, typer.Argument(parser=a_path, metavar="RESULT", help="The painted clip.")
    ],
    source: Annotated[
        Path, typer.Option(parser=a_path, help="The clip that it is made from.")
    ],
    style: Annotated[
        Path | None,
        typer.Option(parser=a_path, help="The painting, to be compared with, too."),
    ] = None,
    start: Annotated[
        float | None,
        typer.Option(min=0, help="Its start_seconds, if it is of a part of the clip."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(parser=a_path, help="Where to draw the errors, *.svg."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    max_error_ratio: Annotated[
        float | None,
        typer.Option(min=0, help="Of the warping error to the source's own."),
    ] = None,
    max_long_error_ratio: Annotated[
        float | None, typer.Option(min=0, help="Likewise, over ten frames.")
    ] = None,
    min_sharpness_ratio: Annotated[
        float | None, typer.Option(min=0, help="Of the sharpness to the source's.")
    ] = None,
    max_palette_drift: Annotated[
        float | None,
        typer.Option(
            min=0, help="Of the colours from a shot's first frame to its last."
        ),
    ] = None,
    min_mask_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Of the frame whose motion is trusted."),
    ] = None,
) -> None:
    """Measure how steady and sharp a painted clip is; exit with 1 if a bound is broken.

    Warping errors from frame to frame and over ten, with the source's own as what can
    be reached, sharpness, how far colours drift within a shot, and each shot's worst
    frame; with --style how near sampled frames are to the painting. See docs/video.md.
    """
    options = {
        "source": source,
        "style": style,
        "start": start,
        "plot": plot,
        "max-error-ratio": max_error_ratio,
        "max-long-error-ratio": max_long_error_ratio,
        "min-sharpness-ratio": min_sharpness_ratio,
        "max-palette-drift": max_palette_drift,
        "min-mask-share": min_mask_share,
    }
    words = [str(result), *(["--json"] if json else [])]
    for option, value in options.items():
        if value is not None:
            words += [f"--{option}", str(value)]
    program = [sys.executable, "-P", "-m", "worker.runners.video.judge_command", *words]
    os.execv(sys.executable, program)  # noqa: S606 - this program
