"""The options by which every command finds the service, and how it answers."""

from typing import Annotated

import typer

from app.client import DEFAULT_URL
from app.commands.completion import complete_job_ids

PANEL = "Service"

UrlOption = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="IMPASTO_URL",
        help="The service to ask.",
        rich_help_panel=PANEL,
    ),
]
ApiKeyOption = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        envvar="IMPASTO_API_KEY",
        help="What the service knows you by, if it has keys.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print JSON on standard output, and nothing else there.",
        rich_help_panel=PANEL,
    ),
]


def an_id(words: str) -> str:
    """Return the id that `words` are.

    Raises:
        BadParameter: They are empty, as an unset variable of a shell is.
    """
    if not words.strip():
        raise typer.BadParameter("the id is empty")
    return words


JobArgument = Annotated[
    str,
    typer.Argument(
        parser=an_id,
        metavar="JOB",
        help="The job's id.",
        autocompletion=complete_job_ids,
    ),
]
JobsArgument = Annotated[
    list[str],
    typer.Argument(
        parser=an_id,
        metavar="JOB",
        help="The jobs' ids.",
        autocompletion=complete_job_ids,
    ),
]

__all__ = [
    "DEFAULT_URL",
    "ApiKeyOption",
    "JobArgument",
    "JobsArgument",
    "JsonOption",
    "UrlOption",
    "an_id",
]
