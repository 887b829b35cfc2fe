"""Carries out a submission: one job, a batch, or several; waits and saves, or not."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from app.client import ClientError, ImpastoClient, Job, Upload
from app.commands.options import SaveOptions
from app.commands.outputs import require_new
from app.commands.parameters.kinds import Asked
from app.commands.paths import Destination
from app.commands.subjects import Plan
from app.commands.terminal import (
    Exit,
    as_members,
    complain,
    console,
    error_json,
    exit_code_of,
    fail,
    say,
    say_json,
    words_of,
)
from app.contract.kinds import KINDS
from app.contract.records.wire import ending_of
from app.terminal import (
    Fitting,
    Painted,
    Saving,
    Submitted,
    paint,
    paint_all,
    require_readable,
    require_writable,
    why_no_picture,
)

#: Every service takes a part of a form as large as that.
_LARGEST_PART_BYTES = 16 * 2**20
DEFAULT_FILE, DEFAULT_FOLDER = "pastiche", Path("pastiches")


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What is sent, how, and what becomes of the answer.

    Attributes:
        plan: the photographs and the paintings.
        asked: the kind of job, its parameters, and further files.
        out: a file for one picture, a folder for many; None for the usual names.
        saving: as what, and whether files that are there may be overwritten.
        terms: arguments that jobs and batches take alike (metadata, a deadline).
        key: the idempotency key of the request of a number, from 0.
    """

    plan: Plan
    asked: Asked
    out: Destination | None
    saving: SaveOptions
    wait: bool
    # Any: handed on to the client, which knows each one's type.
    terms: Mapping[str, Any]
    key: Callable[[int], str | None]
    as_json: bool

    @property
    def ending(self) -> str:
        """What the usual names end with: as what is asked for, or the kind's own."""
        if self.asked.kind is None or self.saving.format is not None:
            return self.saving.ending
        return f".{ending_of(KINDS.of(self.asked.kind).result_types[0])}"


def send_one(client: ImpastoClient, sending: Sending) -> None:
    """Make the one picture of a plan."""
    path = _one_path(sending)
    _require_sound(sending, [path])
    saving = sending.saving.saving(path)
    submit = partial(_submit, client, sending, Fitting(client, say), 0)
    if not sending.wait:
        job = submit()
        _say_accepted(sending, [Submitted(job_id=job.id, saving=saving)], job)
        return
    say_painted(paint(client, submit, saving, console), path, as_json=sending.as_json)


def say_painted(job: Job, path: Path, *, as_json: bool) -> None:
    """Print where the picture of an ended job was saved; exit if there is none."""
    if job.result is None:
        if as_json:
            say_json(as_members(job))
        error = why_no_picture(job)
        fail(str(error), exit_code_of(error))
    if as_json:
        say_json(as_members(job) | {"file": str(path)})
    else:
        typer.echo(path)


def send_many(client: ImpastoClient, sending: Sending) -> None:
    """Make every picture of a plan; one that fails does not keep the others."""
    folder = DEFAULT_FOLDER if sending.out is None else sending.out.path
    names = sending.plan.names(sending.ending)
    savings = [sending.saving.saving(folder / name) for name in names]
    _require_sound(sending, [each.path for each in savings])
    for each in savings:
        require_writable(each.path)
    sent, refusal = _submit_all(client, sending, savings)
    if not sending.wait:
        _say_accepted(sending, sent)
    else:
        console.print(f"jobs accepted: {len(sent)}", highlight=False)
        _say_painted(sending, paint_all(client, sent, console), refusal)
    if refusal is not None:
        fail(
            f"{len(sent)} of {len(savings)} jobs were accepted: {words_of(refusal)}",
            exit_code_of(refusal),
        )


def _one_path(sending: Sending) -> Path:
    """Return the file: a folder as `--out` gets one named by the pictures."""
    if sending.out is None:
        return Path(f"{DEFAULT_FILE}{sending.ending}")
    return sending.out.file(sending.plan.names(sending.ending)[0])


def _require_sound(sending: Sending, outputs: list[Path]) -> None:
    """Refuse what is no picture, and to write over what is there.

    Raises:
        FileError: In words that name the file.
    """
    further = [path for paths in sending.asked.files.values() for path in paths if path]
    inputs = [*sending.plan.files, *further]
    require_readable(*inputs)
    if sending.wait:
        require_new(
            outputs, inputs=inputs, force=sending.saving.force, as_json=sending.as_json
        )


def _submit(
    client: ImpastoClient, sending: Sending, fitting: Fitting, number: int
) -> Job:
    """Send the job of a number: a photograph and the paintings that go with it."""
    asked = sending.asked
    content, paintings = sending.plan.subjects()[number]
    return client.submit(
        _content(client, fitting, content),
        [fitting.fitted(each.path) for each in paintings if each.path is not None],
        style_ids=[each.style_id for each in paintings if each.style_id],
        kind=asked.kind,
        params=asked.params,
        inputs={
            slot: [None if path is None else fitting.fitted(path) for path in paths]
            for slot, paths in asked.files.items()
        },
        idempotency_key=sending.key(number),
        **sending.terms,
    )


def _content(
    client: ImpastoClient, fitting: Fitting, path: Path
) -> Path | bytes | Upload:
    """Return a content as it is sent: a large one that is no picture goes before."""
    if KINDS.of_file(path.name) is None:
        return fitting.fitted(path)
    is_large = path.stat().st_size > _LARGEST_PART_BYTES
    return client.upload(path) if is_large else path


def _submit_all(
    client: ImpastoClient, sending: Sending, savings: list[Saving]
) -> tuple[list[Submitted], ClientError | None]:
    """Submit all; return what was accepted, and what ended that if anything did.

    The first refusal is raised: nothing was accepted then.
    """
    sent: list[Submitted] = []
    takes_batches = KINDS.of(sending.asked.kind or KINDS.default.name).batches
    source = _batch_jobs if sending.plan.each and takes_batches else _single_jobs
    try:
        for position, job_id in source(client, sending, Fitting(client, say)):
            sent.append(Submitted(job_id=job_id, saving=savings[position]))
    except ClientError as error:
        if not sent:
            raise
        return sent, error
    except KeyboardInterrupt:
        for submitted in sent:
            with contextlib.suppress(ClientError):
                client.cancel(submitted.job_id)
        raise
    return sent, None


def _single_jobs(
    client: ImpastoClient, sending: Sending, fitting: Fitting
) -> Iterator[tuple[int, str]]:
    """Yield each picture's place in the plan, and its job."""
    for number in range(len(sending.plan.subjects())):
        yield number, _submit(client, sending, fitting, number).id


def _batch_jobs(
    client: ImpastoClient, sending: Sending, fitting: Fitting
) -> Iterator[tuple[int, str]]:
    """Yield each picture's place in the plan, and its job."""
    plan = sending.plan
    for number, (rows, columns) in enumerate(plan.batches()):
        paintings = plan.paintings[columns]
        batch = client.submit_batch(
            [fitting.fitted(path) for path in plan.contents[rows]],
            [fitting.fitted(each.path) for each in paintings if each.path is not None],
            style_ids=[each.style_id for each in paintings if each.style_id],
            kind=sending.asked.kind,
            params=sending.asked.params,
            idempotency_key=sending.key(number),
            **sending.terms,
        )
        for job in batch.jobs:
            row, column = rows.start + job.content, columns.start + job.style
            yield row * len(plan.paintings) + column, job.id


def _say_accepted(
    sending: Sending, sent: list[Submitted], job: Job | None = None
) -> None:
    """Print the ids of jobs that nobody waits for."""
    if sending.as_json:
        ids = [{"id": each.job_id, "name": each.saving.path.name} for each in sent]
        say_json({"data": ids} if job is None else as_members(job))
        return
    for each in sent:
        typer.echo(each.job_id)
    console.print("See them painted: impasto watch JOB --save FILE", highlight=False)


def _say_painted(
    sending: Sending, painted: list[Painted], refusal: ClientError | None
) -> None:
    """Print the files; end the command if a picture is missing."""
    if sending.as_json:
        told: dict[str, object] = {"data": [_painted_json(each) for each in painted]}
        if refusal is not None:
            told["error"] = error_json(refusal)
        say_json(told)
    else:
        for each in painted:
            if each.is_saved:
                typer.echo(each.submitted.saving.path)
    errors = [_error_of(each) for each in painted if not each.is_saved]
    for error in errors[:-1]:
        complain(words_of(error))
    if errors:
        fail(words_of(errors[-1]), _worst(errors))


def _error_of(painted: Painted) -> ClientError:
    if painted.error is not None or painted.job is None:
        return painted.error or ClientError(f"{painted.submitted.job_id} was lost")
    return why_no_picture(painted.job)


def _worst(errors: list[ClientError]) -> int:
    """Return the exit code that says most: a failure before a cancellation."""
    codes = {exit_code_of(each) for each in errors}
    severity = (Exit.REFUSED, Exit.UNREACHABLE, Exit.JOB_FAILED, Exit.JOB_CANCELED)
    return next(code for code in severity if code in codes)


def _painted_json(painted: Painted) -> dict[str, object]:
    known = {"id": painted.submitted.job_id}
    members = known if painted.job is None else as_members(painted.job)
    saved = str(painted.submitted.saving.path) if painted.is_saved else None
    return {**members, "file": saved}
