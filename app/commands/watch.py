"""`impasto watch`: follow a job to its end, from wherever it was submitted."""

from pathlib import Path
from typing import Annotated

import typer

from app.client import ImpastoClient, Job
from app.commands import connection as c
from app.commands.bundles import command
from app.commands.options import SaveOptions, out_option
from app.commands.outputs import require_new
from app.commands.paths import Destination
from app.commands.terminal import as_members, console, refuse, say_json
from app.terminal import (
    ProgressBar,
    require_writable,
    save_result,
    why_no_picture,
)
from app.terminal.watch_keys import HINT, WatchKeys, listening


@command
def watch(
    *,
    job: c.JobArgument,
    save: Annotated[
        Destination | None,
        out_option(
            "Save the picture at the end: *.png, *.jpg, *.webp, *.avif, or a folder.",
            "--save",
        ),
    ] = None,
    saving: SaveOptions,
    options: c.ServiceOptions,
) -> None:
    """Follow a job live to its end; Ctrl-C leaves the job alone.

    At a terminal p pauses it and lets it go on, f finishes it, + and - change the
    style's strength. With --json: a line of JSON at every change.
    """
    with options.client() as client:
        name = f"{Path(job).name}{saving.ending}"
        file = None if save is None else save.file(name)
        if file is not None:
            require_new([file], force=saving.force, as_json=options.as_json)
            require_writable(file)
        last = _follow(client, job, as_json=options.as_json)
        if last.result is None:
            # The last line of JSON has told a program already.
            refuse(why_no_picture(last), as_json=False)
        if file is not None:
            save_result(client, job, saving.saving(file))
            if not options.as_json:
                typer.echo(file)


def _follow(client: ImpastoClient, job_id: str, *, as_json: bool) -> Job:
    """Show the job until it has ended; return it."""
    last: Job | None = None
    keys = WatchKeys(client, job_id, console.print)
    with listening(keys.press) as can_steer, ProgressBar(console) as bar:
        if can_steer and not as_json:
            console.print(HINT, style="dim", highlight=False)
        for last in client.watch(job_id):
            bar.show(last)
            if as_json:
                say_json(as_members(last))
    if last is None:
        raise AssertionError("a watched job is told at least once")
    return last
