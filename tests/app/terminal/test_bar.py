"""What the terminal says of a job, and how it names times."""

import io

import pytest
from rich.console import Console

from app.client import Job
from app.terminal import ProgressBar, duration
from app.terminal.bar import news_of, short_news_of
from tests.app.client.fakes import PROGRESS, job_json

TIMES = {
    0.2: "0 s",
    -3: "0 s",
    9.4: "9 s",
    59.7: "1 min",
    65: "1 min 5 s",
    3599: "59 min 59 s",
    3600: "1 h",
    7500: "2 h 5 min",
}


@pytest.mark.parametrize("seconds", TIMES)
def test_times_are_told_as_people_tell_them(seconds: float) -> None:
    assert duration(seconds) == TIMES[seconds]


def a_job(status: str, **members) -> Job:
    return Job.model_validate(job_json(status, 1, **members))


def test_a_running_job_tells_scale_step_loss_and_time_left() -> None:
    job = a_job("processing", progress=PROGRESS)
    assert news_of(job) == "scale 2/3  step 100/250  loss 6.0000  9 s left"
    ended = a_job("canceled", progress=PROGRESS)
    assert news_of(ended) == "scale 2/3  step 100/250  loss 6.0000"


def test_beside_a_name_the_news_are_short() -> None:
    running = a_job("processing", progress=PROGRESS)
    assert short_news_of(running) == "loss 6.0000  9 s left"
    assert short_news_of(a_job("succeeded", progress=PROGRESS)) == ""


def test_a_narrow_window_cuts_the_news_and_nothing_else() -> None:
    out = io.StringIO()
    with ProgressBar(Console(file=out, width=50)) as bar:
        bar.show(a_job("processing", progress=PROGRESS), "a-rather-long-name.png")
    assert out.getvalue().startswith("processing ")
    assert " 40% a-rather" in out.getvalue()


def test_a_waiting_job_tells_how_many_are_before_it() -> None:
    queue = {"position": 3, "estimated_start_seconds": 75.0}
    assert news_of(a_job("queued", queue=queue)) == (
        "3 ahead in the queue, starts in 1 min 15 s"
    )
    unknown = queue | {"estimated_start_seconds": None}
    assert news_of(a_job("queued", queue=unknown)) == "3 ahead in the queue"
    assert news_of(a_job("starting", queue=unknown | {"position": None})) == ""


def test_a_bar_shows_a_line_for_each_picture() -> None:
    out = io.StringIO()
    with ProgressBar(Console(file=out, width=100)) as bar:
        bar.show(a_job("processing", progress=PROGRESS), "a[1].png")
        bar.show(a_job("queued", id="job_2"), "b.png")
        bar.show(a_job("succeeded", progress=PROGRESS), "a[1].png")
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("succeeded")
    assert "100% a[1].png" in lines[0]
    assert lines[1].startswith("queued")
