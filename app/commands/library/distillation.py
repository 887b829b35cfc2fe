"""`impasto distill`: a light network in a large one's place, made on this machine."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.commands.bundles import command
from app.commands.options import ForceOption
from app.commands.paths import a_path


@command
def distill(
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", parser=a_path, help="Where to save it, *.safetensors."
        ),
    ],
    teacher: Annotated[
        str | None, typer.Option(help="Whose feature maps it learns: vgg19.")
    ] = None,
    student: Annotated[
        str | None, typer.Option(help="What it begins as: efficientnet_lite0.")
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="A folder that `impasto dataset` made, or builtin."),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, help="About how long it may take.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="So many, however long they take.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the pictures' pieces.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Teach a light network VGG19's features, to paint in its place, on this machine.

    An ended run goes on with the same words. The file is served as the network
    `student_lite0`: see docs/distillation.md.
    """
    words = ["-o", str(out), *(["--force"] if force else [])]
    options = {
        "teacher": teacher,
        "student": student,
        "dataset": dataset,
        "minutes": minutes,
        "steps": steps,
        "seed": seed,
    }
    for option, value in options.items():
        if value is not None:
            words += [f"--{option}", str(value)]
    program = [sys.executable, "-P", "-m", "worker.engine", "distill", *words]
    os.execv(sys.executable, program)  # noqa: S606 - this program
