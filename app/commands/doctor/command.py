"""The command: looks at one part after the other, and ends with 1 if one is ill."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from app.commands import connection as c
from app.commands.bundles import command
from app.commands.doctor import installation, network, stores, worker
from app.commands.doctor.findings import Finding, Level, as_json, show
from app.commands.paths import a_path
from app.commands.terminal import Exit, console, output, say_json


@command
def doctor(
    *,
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            parser=a_path,
            envvar="IMPASTO_DATA_DIR",
            help="Where the service keeps jobs.",
        ),
    ] = Path("data"),
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell every package's version.")
    ] = False,
    options: c.ServiceOptions,
) -> None:
    """Say what is wrong with this installation, and what to do about it.

    Ends with 0 if nothing keeps pictures from being painted, else with 1.
    """
    source = context.get_parameter_source("url")
    is_expected = source is not None and source.name != "DEFAULT"
    found: list[Finding] = []
    findings = _kept(_look(data, options, is_expected=is_expected), found)
    if options.as_json:
        say_json(as_json(list(findings)))
    else:
        show(findings, output, verbose=verbose)
    problems = sum(each.level is Level.PROBLEM for each in found)
    if problems:
        console.print(f"{problems} to mend" if problems > 1 else "1 thing to mend")
        raise typer.Exit(Exit.REFUSED)


def _look(
    data: Path, options: c.ServiceOptions, *, is_expected: bool
) -> Iterator[Finding]:
    yield from installation.look()
    yield from stores.look(data, os.environ)
    yield from worker.look()
    yield from network.look(options.url, options.api_key, is_expected=is_expected)


def _kept(findings: Iterator[Finding], found: list[Finding]) -> Iterator[Finding]:
    for each in findings:
        found.append(each)
        yield each
