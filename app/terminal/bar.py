"""What a terminal shows while a picture is painted."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)
from rich.table import Column

from app.client import Job
from app.contract.jobs import JobStatus

_MINUTE_S = 60
_HOUR_S = 3600


class ProgressBar:
    """A line for each picture: its state, how far it is, its loss, the time left."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            # Only the news may be cut where the window is narrow.
            TextColumn("{task.description:<10}", table_column=Column(min_width=10)),
            BarColumn(bar_width=16),
            TaskProgressColumn(table_column=Column(min_width=4)),
            TextColumn("{task.fields[news]}", table_column=Column(no_wrap=True)),
            console=console,
        )
        self._lines: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, job: Job, name: str | None = None) -> None:
        """Bring the job's line up to date.

        Args:
            job: As it is now.
            name: What the line says of it besides; nothing if left out.
        """
        if job.id not in self._lines:
            self._lines[job.id] = self._progress.add_task("", total=1.0, news="")
        done = job.status is JobStatus.SUCCEEDED
        fraction = job.progress.fraction if job.progress is not None else 0.0
        news = news_of(job) if name is None else short_news_of(job)
        words = [each for each in (name, news) if each]
        self._progress.update(
            self._lines[job.id],
            completed=1.0 if done else fraction,
            description=job.status,
            news=escape("  ".join(words)),
        )


def news_of(job: Job) -> str:
    """Return what is worth knowing of a job beside its state and its fraction."""
    progress = job.progress
    if progress is None:
        return _waiting(job)
    news = (
        f"scale {progress.scale}/{progress.total_scales}"
        f"  step {progress.step}/{progress.total_steps}{_loss(job)}"
    )
    if job.is_final:
        return news
    return f"{news}  {duration(progress.eta_seconds)} left"


def short_news_of(job: Job) -> str:
    """Return what fits beside a picture's name."""
    if job.is_final:
        return ""
    if job.progress is None:
        return _waiting(job)
    return f"{_loss(job)}  {duration(job.progress.eta_seconds)} left".strip()


def _loss(job: Job) -> str:
    """Return the loss; nothing of a kind that has none."""
    total = getattr(getattr(job.progress, "loss", None), "total", None)
    return "" if total is None else f"  loss {total:.4f}"


def _waiting(job: Job) -> str:
    if job.is_final or job.queue.position is None:
        return ""
    ahead = f"{job.queue.position} ahead in the queue"
    starts_s = job.queue.estimated_start_seconds
    return ahead if starts_s is None else f"{ahead}, starts in {duration(starts_s)}"


def duration(seconds: float) -> str:
    """Return a time as people say it: `9 s`, `2 min 5 s`, `1 h 3 min`."""
    whole = max(0, round(seconds))
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        minutes, rest = divmod(whole, _MINUTE_S)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole, _HOUR_S)
    minutes = rest // _MINUTE_S
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
