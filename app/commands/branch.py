"""`impasto branch`: go on from where a job stands, in a new one."""

from functools import partial
from typing import Annotated

import typer

from app.commands import connection as c
from app.commands.bundles import command
from app.commands.options import (
    IdempotencyKeyOption,
    OutOption,
    PriorityOption,
    SaveOptions,
    SetOption,
)
from app.commands.outputs import require_new
from app.commands.pairs import overrides
from app.commands.sending import say_painted
from app.commands.terminal import console, say_job
from app.terminal import ended_by_signals, paint


@command
def branch(
    *,
    job: c.JobArgument,
    override: SetOption = None,
    at: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="STEP",
            help="From the state kept at this step; else the newest.",
        ),
    ] = None,
    out: OutOption = None,
    saving: SaveOptions,
    priority: PriorityOption = None,
    idempotency_key: IdempotencyKeyOption = None,
    options: c.ServiceOptions,
) -> None:
    """Go on from a state of a job in a new job; the old one stays as it is.

    steps are further ones: --set steps=100 takes 100 more. Without --out the new
    job's id is printed.
    """
    params = overrides("--set", override)
    with ended_by_signals(), options.client() as client:
        begin = partial(
            client.branch,
            job,
            params,
            at=at,
            priority=priority,
            idempotency_key=idempotency_key,
        )
        if out is None:
            new = begin()
            words = f"accepted; see it painted: impasto watch {new.id} --save FILE"
            say_job(new, as_json=options.as_json, words=words)
            return
        file = out.file(f"{job}-branch{saving.ending}")
        require_new([file], force=saving.force, as_json=options.as_json)
        last = paint(client, begin, saving.saving(file), console)
        say_painted(last, file, as_json=options.as_json)
