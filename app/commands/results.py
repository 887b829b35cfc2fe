"""`impasto result` and `impasto losses`: what a job leaves behind."""

from pathlib import Path
from typing import Annotated

import typer

from app.client import CSV, SVG, ClientError, Losses
from app.commands import connection as c
from app.commands.bundles import command
from app.commands.options import ForceOption, SaveOptions, out_option
from app.commands.outputs import require_new
from app.commands.paths import Destination
from app.commands.terminal import (
    as_members,
    console,
    new_table,
    say_bytes,
    say_json,
    say_table,
)
from app.terminal import (
    MEDIA_TYPE_OF_FORMAT,
    Format,
    require_writable,
    save_result,
    write_file,
)

#: In the place of a file: standard output.
_STDOUT = Destination(Path("-"))
_DEFAULT = Destination(Path("pastiche.png"))
#: A table longer than that is no table to read.
_MOST_ROWS = 24


@command
def result(
    *,
    job: c.JobArgument,
    out: Annotated[
        Destination,
        out_option("*.png, *.jpg, *.webp, *.avif, or a folder; - for standard output."),
    ] = _DEFAULT,
    saving: SaveOptions,
    options: c.ServiceOptions,
) -> None:
    """Fetch a finished job's picture."""
    if options.as_json and out == _STDOUT:
        raise typer.BadParameter("--json and -o - both want standard output")
    with options.client() as client:
        if out == _STDOUT:
            media_type = MEDIA_TYPE_OF_FORMAT[saving.format or Format.PNG]
            say_bytes(client.result(job, media_type=media_type, quality=saving.quality))
            return
        file = out.file(f"{Path(job).name}{saving.ending}")
        require_new([file], force=saving.force, as_json=options.as_json)
        require_writable(file)
        save_result(client, job, saving.saving(file))
        if options.as_json:
            say_json(as_members(client.job(job)) | {"file": str(file)})
        else:
            typer.echo(file)


@command
def losses(
    *,
    job: c.JobArgument,
    as_csv: Annotated[bool, typer.Option("--csv", help="All points as CSV.")] = False,
    as_svg: Annotated[bool, typer.Option("--svg", help="The curve as SVG.")] = False,
    out: Annotated[
        Destination | None,
        out_option("A file or a folder, not standard output."),
    ] = None,
    force: ForceOption = False,
    options: c.ServiceOptions,
) -> None:
    """Show how a job's losses fell: a table, or CSV, SVG or JSON."""
    if as_csv + as_svg + options.as_json > 1:
        raise typer.BadParameter("--csv, --svg and --json exclude each other")
    if out is not None and not (as_csv or as_svg):
        raise typer.BadParameter("--out goes with --csv or --svg")
    with options.client() as client:
        if as_csv or as_svg:
            name = f"{Path(job).name}{'.svg' if as_svg else '.csv'}"
            file = None if out is None else out.file(name)
            if file is not None:
                require_new([file], force=force)
            _write(client.losses_as(job, SVG if as_svg else CSV), file)
        elif options.as_json:
            say_json(as_members(client.losses(job)))
        else:
            _show(client.losses(job))


def _write(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=not text.endswith("\n"))
        return
    write_file(out, text.encode())
    typer.echo(out)


def _show(curve: Losses) -> None:
    if not curve.data:
        raise ClientError(f"{curve.job_id} has no losses yet")
    table = new_table("SCALE", "STEP", "TOTAL", "CONTENT", "STYLE", "TV")
    for column in table.columns:
        column.justify = "right"
    stride = -(-len(curve.data) // _MOST_ROWS)
    # From the end, so that the last point is always there.
    for point in curve.data[::-1][::stride][::-1]:
        terms = (point.total, point.content, point.style, point.tv)
        table.add_row(
            str(point.scale), str(point.step), *(f"{term:.4f}" for term in terms)
        )
    say_table(table)
    if stride > 1:
        console.print(
            f"Every {stride}th of {len(curve.data)} points; --csv has them all.",
            highlight=False,
        )
