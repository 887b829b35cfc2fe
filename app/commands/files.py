"""`impasto files`: what a job has made besides its result."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from app.client import FileError, ImpastoClient
from app.commands import connection as c
from app.commands.bundles import command
from app.commands.options import ForceOption, out_option
from app.commands.outputs import require_new
from app.commands.paths import Destination
from app.commands.terminal import as_members, console, new_table, say_json, say_table
from app.terminal import write_file


@command
def files(
    *,
    job: c.JobArgument,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Only these.", show_default=False),
    ] = None,
    out: Annotated[
        Destination | None,
        out_option("Save them: a folder, or a file for one of them."),
    ] = None,
    force: ForceOption = False,
    options: c.ServiceOptions,
) -> None:
    """List the further files of a finished job; with --out, save them."""
    with options.client() as client:
        found = [each for each in client.files(job) if not names or each.name in names]
        if missing := {*(names or ())} - {each.name for each in found}:
            raise FileError(f"{job} has no file {', '.join(sorted(missing))}")
        saved = {}
        if out is not None:
            saved = _places([each.name for each in found], out)
            require_new([*saved.values()], force=force, as_json=options.as_json)
            _save(client, job, saved)
    if options.as_json:
        say_json(
            {"data": [as_members(each) | _place(saved, each.name) for each in found]}
        )
    elif not found:
        console.print("There are no further files.")
    elif saved:
        for path in saved.values():
            typer.echo(path)
    else:
        table = new_table("NAME", "BYTES", "TYPE")
        for each in found:
            facts = (each.name, str(each.bytes or ""), each.media_type or "")
            table.add_row(*map(escape, facts))
        say_table(table)


def _places(names: list[str], out: Destination) -> dict[str, Path]:
    """Return where each file goes: a name of the service's is no path."""
    if len(names) == 1:
        return {names[0]: out.file(Path(names[0]).name)}
    return {name: out.path / Path(name).name for name in names}


def _save(client: ImpastoClient, job_id: str, saved: dict[str, Path]) -> None:
    for name, path in saved.items():
        write_file(path, client.file(job_id, name))


def _place(saved: dict[str, Path], name: str) -> dict[str, object]:
    return {"file": str(saved[name])} if name in saved else {}
