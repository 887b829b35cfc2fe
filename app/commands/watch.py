"""`impasto watch`: follow a job to its end, from wherever it was submitted."""

from pathlib import Path
from typing import Annotated

import typer

from app.client import ImpastoClient, Job
from app.commands import connection as c
from app.commands import submission_options as s
from app.commands.outputs import ForceOption, require_new
from app.commands.paths import Destination, a_destination
from app.commands.terminal import as_members, console, refuse, say_json, service
from app.painting import (
    Format,
    ProgressBar,
    Saving,
    require_writable,
    save_result,
    why_no_picture,
)


def watch(
    job: c.JobArgument,
    save: Annotated[
        Destination | None,
        typer.Option(
            "--save",
            metavar="PATH",
            parser=a_destination,
            help="Save the picture at the end: *.png, *.jpg, *.webp, *.avif, or a "
            "folder.",
        ),
    ] = None,
    picture_format: s.FormatOption = None,
    quality: s.QualityOption = None,
    force: ForceOption = False,
    url: c.UrlOption = c.DEFAULT_URL,
    api_key: c.ApiKeyOption = None,
    as_json: c.JsonOption = False,
) -> None:
    """Follow a job live to its end; Ctrl-C leaves the job alone.

    With --json: a line of JSON at every change.
    """
    with service(url, api_key, as_json=as_json) as client:
        name = f"{Path(job).name}{(picture_format or Format.PNG).ending}"
        file = None if save is None else save.file(name)
        if file is not None:
            require_new([file], force=force, as_json=as_json)
            require_writable(file)
        last = _follow(client, job, as_json=as_json)
        if last.result is None:
            # The last line of JSON has told a program already.
            refuse(why_no_picture(last), as_json=False)
        if file is not None:
            saving = Saving(path=file, format=picture_format, quality=quality)
            save_result(client, job, saving)
            if not as_json:
                typer.echo(file)


def _follow(client: ImpastoClient, job_id: str, *, as_json: bool) -> Job:
    """Show the job until it has ended; return it."""
    last: Job | None = None
    with ProgressBar(console) as bar:
        for last in client.watch(job_id):
            bar.show(last)
            if as_json:
                say_json(as_members(last))
    if last is None:
        raise AssertionError("a watched job is told at least once")
    return last
