"""`impasto result` and `impasto losses`: what a job leaves behind."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.client import CSV, SVG, ClientError, FileError, ImpastoClient, Losses
from app.commands import connection as c
from app.commands import submission_options as s
from app.commands.terminal import (
    as_members,
    console,
    new_table,
    say_json,
    say_table,
    service,
)
from app.painting import Format, Saving, require_writable, save_result

#: In the place of a file: standard output.
_STDOUT = Path("-")
#: A table longer than that is no table to read.
_MOST_ROWS = 24


def result(
    job: c.JobArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="*.png, *.jpg or *.webp; - for standard output."
        ),
    ] = Path("pastiche.png"),
    picture_format: s.FormatOption = None,
    quality: s.QualityOption = None,
    url: c.UrlOption = c.DEFAULT_URL,
    api_key: c.ApiKeyOption = None,
    as_json: c.JsonOption = False,
) -> None:
    """Fetch a finished job's picture."""
    if as_json and out == _STDOUT:
        raise typer.BadParameter("--json and -o - both want standard output")
    saving = Saving(path=out, format=picture_format, quality=quality)
    with service(url, api_key, as_json=as_json) as client:
        if out == _STDOUT:
            _pipe(client, job, saving)
            return
        require_writable(out)
        save_result(client, job, saving)
        if as_json:
            say_json(as_members(client.job(job)) | {"file": str(out)})
        else:
            typer.echo(out)


def losses(
    job: c.JobArgument,
    as_csv: Annotated[bool, typer.Option("--csv", help="All points as CSV.")] = False,
    as_svg: Annotated[bool, typer.Option("--svg", help="The curve as SVG.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A file, not standard output.")
    ] = None,
    url: c.UrlOption = c.DEFAULT_URL,
    api_key: c.ApiKeyOption = None,
    as_json: c.JsonOption = False,
) -> None:
    """Show how a job's losses fell: a table, or CSV, SVG or JSON."""
    if as_csv + as_svg + as_json > 1:
        raise typer.BadParameter("--csv, --svg and --json exclude each other")
    if out is not None and not (as_csv or as_svg):
        raise typer.BadParameter("--out goes with --csv or --svg")
    with service(url, api_key, as_json=as_json) as client:
        if as_csv or as_svg:
            text = client.losses_as(job, SVG if as_svg else CSV)
            _write(text, out)
        elif as_json:
            say_json(as_members(client.losses(job)))
        else:
            _show(client.losses(job))


def _pipe(client: ImpastoClient, job_id: str, saving: Saving) -> None:
    media_type = saving.media_type or f"image/{Format.PNG}"
    picture = client.result(job_id, media_type=media_type, quality=saving.quality)
    sys.stdout.buffer.write(picture)
    sys.stdout.buffer.flush()


def _write(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=not text.endswith("\n"))
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise FileError(f"cannot write {out}: {error.strerror}") from error
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
