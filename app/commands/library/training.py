"""`impasto train`: a fast style of one painting, as a job or on this machine."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from app.client import ImpastoClient, Job
from app.commands.bundles import command
from app.commands.connection import ServiceOptions
from app.commands.options import ForceOption
from app.commands.outputs import require_new
from app.commands.paths import a_path
from app.commands.terminal import as_members, fail, say, say_json
from app.contract.kinds.training.kind import TRAINING
from app.contract.packs.reading import PACK_TYPE
from app.terminal import ended_by_signals, require_readable, write_file


@command
def train(
    *,
    painting: Annotated[Path, typer.Argument(parser=a_path, help="The painting.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", parser=a_path, help="Where to save the pack, *.safetensors."
        ),
    ] = None,
    force: ForceOption = False,
    name: Annotated[
        str | None, typer.Option(help="Of the style; the file's if left out.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="The photographs to learn from.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="So many, however long they take.")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.1, help="With --local: about how long it may take."),
    ] = None,
    temporal: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Steadiness for video; a step takes longer."),
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Train here, without a service.")
    ] = False,
    service: ServiceOptions,
) -> None:
    """Train a fast style of a painting; a good one goes into the service's library."""
    file = out or Path(f"{painting.stem}.safetensors")
    require_readable(painting)
    named = {"name": name or painting.stem, "dataset": dataset}
    params = {**named, "steps": steps, "temporal": temporal}
    if local:
        _train_here(painting, file, {**params, "minutes": minutes}, force=force)
    if minutes is not None:
        raise typer.BadParameter("--minutes is for --local; send --steps")
    require_new([file], inputs=[painting], force=force)
    with ended_by_signals(), service.client() as client:
        sent = client.submit(styles=[painting], kind=TRAINING.name, params=params)
        job = _followed(client, sent)
        if job.result is None:
            why = "it was canceled" if job.error is None else job.error.detail
            fail(f"{job.id} made no style: {why}")
        write_file(file, client.result(job.id, media_type=PACK_TYPE))
    if service.as_json:
        say_json(as_members(job) | {"file": str(file)})
        return
    told: Any = as_members(job)  # by the kind's own models
    trained = told["result"]["training"]
    for reason in trained["reasons"]:
        say(f"not published: {reason}")
    typer.echo(trained["style_id"] or file)


def _followed(client: ImpastoClient, job: Job) -> Job:
    """Say how it stands whenever the judge has looked; return the job at its end."""
    judged = -1
    for job in client.watch(job.id):  # noqa: B020 - the newest is what counts
        members: Any = as_members(job)
        progress = members["progress"]
        if progress and (best := progress["training"]["held_out"])["step"] != judged:
            judged = best["step"]
            say(
                f"step {judged}/{progress['total_steps']}: style error "
                f"{best['style_error']:.3f}, edges {best['edge_correlation']:.2f}"
            )
    return job


def _train_here(
    painting: Path, file: Path, told: Mapping[str, object], *, force: bool
) -> None:
    """Run the engine's own command in this process's place."""
    words = [str(painting), "-o", str(file), *(["--force"] if force else [])]
    for option, value in told.items():
        if value is not None:
            words += [f"--{option}", str(value)]
    program = [sys.executable, "-P", "-m", "worker.engine", "train", *words]
    os.execv(sys.executable, program)  # noqa: S606 - this program
