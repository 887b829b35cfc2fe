"""The `impasto` command: start the service or its parts, submit a picture, try it."""

import contextlib
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from app.client import ClientError, ImpastoClient
from app.commands import files, forecast, jobs, results
from app.commands.branch import branch
from app.commands.bundles import command
from app.commands.datasets import dataset, datasets
from app.commands.doctor import doctor
from app.commands.judge import judge
from app.commands.keys import keys
from app.commands.library import style_files
from app.commands.library.distillation import distill
from app.commands.library.styles import styles
from app.commands.library.training import train
from app.commands.options import ForceOption, out_option
from app.commands.outputs import require_new
from app.commands.parameters.kinds import Asked, KindCommand, KindOptions
from app.commands.paths import Destination, a_path
from app.commands.shell import Commands
from app.commands.submit import submit
from app.commands.terminal import (
    EXIT_CODES_HELP,
    console,
    fail,
    interrupted,
    refuse,
    say,
)
from app.commands.watch import watch
from app.commands.weights import weights
from app.logs import configure_logging
from app.terminal import (
    Fitting,
    Saving,
    paint,
    require_readable,
    require_writable,
    why_no_picture,
)

#: Where commands stand in `impasto --help`.
_PAINT, _JOBS = "Paint pictures", "Look after jobs"
_SERVICE, _RUN = "Ask the service", "Run a service"

cli = typer.Typer(
    cls=Commands,
    help="Repaint a photograph in the manner of a painting: send both to a service, "
    "watch, and save the new picture.",
    epilog=EXIT_CODES_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
cli.command(cls=KindCommand, rich_help_panel=_PAINT, epilog=EXIT_CODES_HELP)(submit)
cli.command(rich_help_panel=_PAINT)(train)
cli.command(rich_help_panel=_PAINT)(distill)
cli.command(rich_help_panel=_PAINT)(judge)
cli.command(rich_help_panel=_PAINT)(watch)
cli.command(rich_help_panel=_PAINT)(results.result)
cli.command(rich_help_panel=_PAINT)(files.files)
cli.command(cls=KindCommand, rich_help_panel=_PAINT)(forecast.estimate)
cli.command("list", rich_help_panel=_JOBS)(jobs.list_jobs)
cli.command(rich_help_panel=_JOBS)(jobs.cancel)
cli.command(rich_help_panel=_JOBS)(jobs.finish)
cli.command(rich_help_panel=_JOBS)(jobs.control)
cli.command(rich_help_panel=_JOBS)(jobs.pause)
cli.command(rich_help_panel=_JOBS)(jobs.resume)
cli.command(rich_help_panel=_JOBS)(jobs.retry)
cli.command(rich_help_panel=_JOBS)(branch)
cli.command(rich_help_panel=_JOBS)(jobs.delete)
cli.command(rich_help_panel=_JOBS)(results.losses)
styles.command("export")(style_files.export_style)
styles.command("import")(style_files.import_style)
cli.add_typer(styles, name="styles", rich_help_panel=_SERVICE)
cli.command(rich_help_panel=_SERVICE)(datasets)
cli.command(rich_help_panel=_SERVICE)(forecast.queue)
cli.command(rich_help_panel=_SERVICE)(doctor)
cli.add_typer(keys, name="keys", rich_help_panel=_RUN)
cli.add_typer(dataset, name="dataset", rich_help_panel=_RUN)
cli.add_typer(weights, name="weights", rich_help_panel=_RUN)

_DEMO = Destination(Path("out/demo.png"))
HostOption = Annotated[
    str, typer.Option(envvar="IMPASTO_HOST", help="Address to listen on.")
]
PortOption = Annotated[
    int,
    typer.Option(envvar="IMPASTO_PORT", min=1, max=65535, help="Port to listen on."),
]
DataOption = Annotated[
    Path,
    typer.Option(
        "--data", parser=a_path, envvar="IMPASTO_DATA_DIR", help="Where jobs live."
    ),
]


@cli.command(rich_help_panel=_RUN)
def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    data: DataOption = Path("data"),
    grace: Annotated[
        float,
        typer.Option(
            envvar="IMPASTO_GRACE_S", min=0, help="Seconds a running job may end in."
        ),
    ] = 8.0,
) -> None:
    """Start the whole service on this machine; Ctrl-C stops all of it."""
    # The launcher needs a POSIX system; the client commands do not.
    from app.launcher import ServeOptions  # noqa: PLC0415
    from app.launcher import serve as launch  # noqa: PLC0415
    from app.launcher.serve import LauncherError  # noqa: PLC0415
    from app.launcher.supervisor import CrashLoopError  # noqa: PLC0415

    _set_up_logging()
    with contextlib.suppress(FileNotFoundError):
        data.stat()  # a loop of links is told here, in words
    options = ServeOptions(
        host=host,
        port=port,
        data_dir=data,
        # Empty is not set.
        redis_url=os.environ.get("IMPASTO_REDIS_URL") or None,
        grace_s=grace,
    )
    try:
        launch(options)
    except (LauncherError, CrashLoopError, TimeoutError, PermissionError) as error:
        fail(str(error))


@cli.command(rich_help_panel=_RUN)
def api() -> None:
    """Start the API alone; the environment says where Redis and the data are."""
    # Clients need no web server.
    from app.contract.ports import StoreError  # noqa: PLC0415
    from app.server import run_api  # noqa: PLC0415

    try:
        run_api()
    except ValidationError as error:
        fail(str(error), code=2)
    except StoreError as error:  # an object storage that cannot be opened
        fail(str(error))


@cli.command(rich_help_panel=_RUN)
def worker() -> None:
    """Start one worker; the environment says where Redis and the data are."""
    # Another process image: the API never imports the worker.
    _become("worker")


@cli.command(rich_help_panel=_RUN)
def webhooks(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Ask this machine's process if it is well.")
    ] = False,
    show_secret: Annotated[
        bool, typer.Option("--show-secret", help="Tell what receivers verify with.")
    ] = False,
) -> None:
    """Start the process that delivers webhooks; the environment configures it."""
    if not (check or show_secret):
        _become("app.webhook_process")  # without what only a terminal needs
    # Clients need neither settings nor Celery.
    from app.contract.ports import StoreError  # noqa: PLC0415
    from app.settings import WebhookSettings  # noqa: PLC0415
    from app.webhook_process import is_running, shown_secrets  # noqa: PLC0415

    try:
        settings = WebhookSettings()
        if check:
            raise typer.Exit(0 if is_running(settings) else 1)
        typer.echo("\n".join(shown_secrets(settings)))
    except ValueError as error:  # pydantic's, and that of a secret that is none
        fail(str(error), code=2)
    except StoreError as error:
        fail(str(error))


@cli.command(cls=KindCommand, rich_help_panel=_PAINT)
@command
def demo(
    *,
    content: Annotated[Path, typer.Argument(parser=a_path, help="The photograph.")],
    style: Annotated[Path, typer.Argument(parser=a_path, help="The painting.")],
    out: Annotated[Destination, out_option("Where to save the picture.")] = _DEMO,
    force: ForceOption = False,
    asked: Annotated[Asked, KindOptions(is_basic=True)],
) -> None:
    """Start a service for one picture, make it over HTTP, stop the service."""
    # The launcher needs a POSIX system; the client commands do not.
    from app.demo import service_for_one_picture  # noqa: PLC0415

    began_s = time.monotonic()
    params = {**asked.params, "seed": 0}
    file = out.file("demo.png")
    log = file.parent / "demo-service.log"
    try:
        require_readable(content, style)
        require_new([file], inputs=[content, style], force=force)
        require_writable(file)
        log.unlink(missing_ok=True)
        with service_for_one_picture(log, console) as url, ImpastoClient(url) as client:
            fitted = Fitting(client, say).fitted
            send = partial(
                client.submit,
                fitted(content),
                [fitted(style)],
                kind=asked.kind,
                params=params,
            )
            job = paint(client, send, Saving(path=file), console)
            if job.result is None:
                raise why_no_picture(job)
    except ClientError as error:
        refuse(error, as_json=False)
    except KeyboardInterrupt:
        interrupted(as_json=False)
    console.print(f"The service stopped after {time.monotonic() - began_s:.0f} s.")
    typer.echo(file.resolve())


def _become(module: str) -> NoReturn:
    """Run a module of ours in this process's place.

    A file of its name in the current directory is somebody else's: -P, and the
    variable for the children that it starts.
    """
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-P", "-m", module]
    os.execve(sys.executable, command, environment)  # noqa: S606


def _set_up_logging() -> None:
    """Say what is wrong with the environment before four processes say it."""
    # Clients need no Redis client.
    from app.settings import ApiSettings, WebhookSettings  # noqa: PLC0415

    try:
        configure_logging(ApiSettings().log_format)
        WebhookSettings()
    except ValidationError as error:
        fail(str(error), code=2)


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
