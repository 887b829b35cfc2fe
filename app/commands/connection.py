"""The options by which every command finds the service, and how it answers."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated

import typer

from app.client import DEFAULT_URL, ImpastoClient
from app.commands.completion import complete_job_ids
from app.commands.terminal import service

_PANEL = "Service"


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """Where the service is, who asks it, and whether a program listens."""

    url: Annotated[
        str,
        typer.Option(
            envvar="IMPASTO_URL", help="The service to ask.", rich_help_panel=_PANEL
        ),
    ] = DEFAULT_URL
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="IMPASTO_API_KEY",
            help="What the service knows you by, if it has keys.",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print JSON on standard output, and nothing else there.",
            rich_help_panel=_PANEL,
        ),
    ] = False

    def client(self) -> AbstractContextManager[ImpastoClient]:
        """Yield a client; what goes wrong with it ends the command, in words."""
        return service(self.url, self.api_key, as_json=self.as_json)


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
