"""One picture from the terminal: submit, watch the bar, save the file."""

import contextlib
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
)
from rich.table import Column

from app.client import ClientError, ImpastoClient, JobJson


@contextlib.contextmanager
def polite_death() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind like a Ctrl-C: what was begun is ended."""
    numbers = [n for n in ("SIGTERM", "SIGHUP") if hasattr(signal, n)]
    before = {
        name: signal.signal(getattr(signal, name), signal.default_int_handler)
        for name in numbers
    }
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def paint(
    client: ImpastoClient, submit: Callable[[], JobJson], out: Path, console: Console
) -> None:
    """Submit, show progress, save; a Ctrl-C cancels the job before it goes on.

    Args:
        client: Asks for the job that `submit` returns.
        submit: Sends the pictures.
        out: Where to save the new one.
        console: Where to show the progress.

    Raises:
        ClientError: The service refused, the job failed, or a file did.
    """
    require_writable(out)
    job = submit()
    console.print(f"{job['id']} accepted")
    try:
        with _progress_bar(console) as bar:
            for news in client.watch(job["id"]):
                job = news
                _show(bar, job)
    except KeyboardInterrupt:
        with contextlib.suppress(ClientError):
            client.cancel(job["id"])
        raise
    except ClientError as error:
        # The job is kept: a service that comes back goes on with it.
        raise ClientError(f"{error}\nThe job is {job['urls']['self']}") from error
    if job["status"] != "succeeded":
        raise ClientError(_why_no_picture(job))
    try:
        _save(client.result(job["id"]), out)
    except ClientError as error:
        raise ClientError(
            f"{error}\nThe picture is at {job['result']['url']}"
        ) from error


def _progress_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<10}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=16),
        TaskProgressColumn(),
        TextColumn("{task.fields[news]}", table_column=Column(no_wrap=True)),
        console=console,
    )


def _show(bar: Progress, job: JobJson) -> None:
    """Bring the bar up to date."""
    if not bar.tasks:
        bar.add_task("", total=1.0, news="")
    progress: dict[str, Any] | None = job["progress"]
    news = ""
    if progress is not None:
        news = (
            f"scale {progress['scale']}/{progress['total_scales']}"
            f"  step {progress['step']}/{progress['total_steps']}"
            f"  loss {progress['loss']['total']:.4f}"
            f"  {progress['eta_seconds']:.0f} s left"
        )
    elif (position := job["queue"]["position"]) is not None:
        news = f"{position} ahead in the queue"
    completed = progress["fraction"] if progress is not None else 0.0
    bar.update(
        bar.task_ids[0],
        completed=1.0 if job["status"] == "succeeded" else completed,
        description=job["status"],
        news=news,
    )


def _why_no_picture(job: JobJson) -> str:
    error = job["error"]
    if error is None:
        return f"{job['id']} was {job['status']}"
    return f"{job['id']} failed: {error['title']}. {error['detail']}"


def require_readable(*paths: Path) -> None:
    """Refuse before the service is started what could not be sent to it.

    Raises:
        ClientError: A file cannot be read, and why.
    """
    for path in paths:
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise ClientError(f"cannot read {path}: {error.strerror}") from error


def require_writable(out: Path) -> None:
    """Refuse before the work what could not be saved after it.

    Raises:
        ClientError: It cannot be written, and why.
    """
    if out.suffix.lower() != ".png":
        raise ClientError(f"cannot write {out}: the picture is a PNG, name it *.png")
    if out.is_dir():
        raise ClientError(f"cannot write {out}: it is a directory")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise ClientError(f"cannot write {out}: {error.strerror}") from error


def _save(picture: bytes, out: Path) -> None:
    """Write the file whole or not at all."""
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        unfinished.write_bytes(picture)
        unfinished.replace(out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ClientError(f"cannot write {out}: {error.strerror}") from error
