"""Ids for a shell's Tab key, from the service; without it there are none, quietly."""

import os
from collections.abc import Callable, Iterable

import typer

from app.client import ClientError, ImpastoClient, RetryPolicy

#: A list longer than that is of no help in a shell.
_MOST = 50
#: Nobody waits longer for a Tab.
_TIMEOUT_S = 2.0


def complete_job_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the newest jobs' ids, each with its state."""
    return _ask(
        context,
        incomplete,
        lambda client: ((job.id, job.status) for job in client.jobs(limit=_MOST)),
    )


def complete_style_ids(
    context: typer.Context, incomplete: str
) -> list[tuple[str, str]]:
    """Return the library's ids, each with its title."""
    return _ask(
        context,
        incomplete,
        lambda client: ((each.id, each.title or "") for each in client.styles()),
    )


def _ask(
    context: typer.Context,
    incomplete: str,
    pairs: Callable[[ImpastoClient], Iterable[tuple[str, str]]],
) -> list[tuple[str, str]]:
    """Return what begins as the word does; nothing if the service does not answer."""
    options = context.params
    try:
        with ImpastoClient(
            options.get("url") or os.environ.get("IMPASTO_URL"),
            api_key=options.get("api_key"),
            retries=RetryPolicy(attempts=1),
            timeout_s=_TIMEOUT_S,
        ) as client:
            return [pair for pair in pairs(client) if pair[0].startswith(incomplete)]
    except ClientError:
        return []
