"""`impasto estimate` and `impasto queue`: what a picture would cost, and when."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from app.client import (
    Estimate,
    FileError,
    ForbiddenError,
    ImpastoClient,
    NotFoundError,
    Queue,
    Spread,
)
from app.commands import connection as c
from app.commands.bundles import command
from app.commands.pairs import overrides
from app.commands.parameters.kinds import Asked, KindOptions, most_paintings
from app.commands.paths import a_path
from app.commands.terminal import (
    as_members,
    console,
    new_table,
    output,
    say_json,
    say_table,
)
from app.terminal import duration, picture_size, require_readable

_MIB = 2**20


@command
def estimate(
    *,
    content: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONTENT",
            parser=a_path,
            help="The photograph; or say --width and --height.",
        ),
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=1, help="Of the photograph, in pixels.")
    ] = None,
    height: Annotated[
        int | None, typer.Option(min=1, help="Of the photograph, in pixels.")
    ] = None,
    asked: Annotated[Asked, KindOptions()],
    styles: Annotated[
        int, typer.Option(min=1, max=most_paintings(), help="How many paintings.")
    ] = 1,
    override: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any other parameter: memory=tiles; repeat.",
        ),
    ] = None,
    options: c.ServiceOptions,
) -> None:
    """Tell what a picture would take: time, waiting, memory; sends no picture."""
    params = {**asked.params, **(overrides("--set", override) or {})}
    with options.client() as client:
        wide, high = _pixels(content, width, height)
        told = client.estimate(wide, high, params, styles=styles, kind=asked.kind)
    if options.as_json:
        say_json(as_members(told))
    else:
        for line in _estimate_lines(told):
            output.print(line, highlight=False, markup=False)


@command
def queue(
    *,
    options: c.ServiceOptions,
) -> None:
    """Tell how busy the service is, and with a key that may, by which workers."""
    with options.client() as client:
        told = client.queue()
        workers = _workers(client)
    if options.as_json:
        say_json({"queue": as_members(told), "workers": workers})
        return
    for line in _queue_lines(told):
        output.print(line, highlight=False, markup=False)
    if workers:
        output.print()
        say_table(_table(workers))


def _pixels(
    content: Path | None, width: int | None, height: int | None
) -> tuple[int, int]:
    """Return the photograph's width and height; a file's head tells them.

    Raises:
        FileError: It is no picture, or cannot be read.
        BadParameter: Neither a file nor both numbers were named.
    """
    if content is None:
        if width is None or height is None:
            raise typer.BadParameter("name a photograph, or --width and --height")
        return width, height
    require_readable(content)
    try:
        size = picture_size(content)
    except OSError as error:
        raise FileError(f"cannot read {content}: {error.strerror or error}") from error
    if size is None:
        raise FileError(f"cannot tell the size of {content}; say --width and --height")
    return size


def _estimate_lines(told: Estimate) -> list[str]:
    lines = [
        f"painting   {_spread(told.predict_seconds)}",
        f"waiting    {_spread(told.wait_seconds)}",
    ]
    if told.memory_bytes is not None:
        lines.append(f"memory     {told.memory_bytes / _MIB:.0f} MiB")
    if told.fits is not None:
        largest = told.largest_size
        limit = f"; the largest that does is --size {largest}" if largest else ""
        lines.append(f"fits       {'yes' if told.fits else 'no'}{limit}")
    return [*lines, f"learnt     {told.based_on or f'from {told.samples} jobs'}"]


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return "not known yet"
    usual, most = duration(spread.p50), duration(spread.p90)
    return usual if usual == most else f"{usual} (nine of ten: at most {most})"


def _queue_lines(told: Queue) -> list[str]:
    def time(seconds: float | None) -> str:
        return "not known yet" if seconds is None else duration(seconds)

    return [
        f"waiting    {told.depth} of at most {told.limit}",
        f"running    {told.running}; workers alive: {told.workers}",
        f"wait       {time(told.median_wait_seconds)} (median)",
        f"run        {time(told.median_run_seconds)} (median)",
    ]


def _workers(client: ImpastoClient) -> list[dict[str, object]]:
    """Return the workers; none for a key that may not see them."""
    try:
        return [dict(each) for each in client.workers()]
    except (ForbiddenError, NotFoundError):
        console.print("The workers are shown to keys with the scope admin.")
        return []


def _table(workers: list[dict[str, object]]) -> Table:
    table = new_table("WORKER", "DEVICE", "PRECISION", "HEARD OF", "JOB")
    for worker in workers:
        age = worker.get("heartbeat_age_seconds")
        heard = f"{age:.0f} s ago" if isinstance(age, int | float) else ""
        told = (worker.get(name) or "" for name in ("name", "device", "precision"))
        job = worker.get("job_id") or ""
        table.add_row(*(escape(str(each)) for each in (*told, heard, job)))
    return table
