"""`impasto keys`: make, list and revoke the API keys of the service on this machine.

It works on the file itself: the service need not run, and sees a change in a second.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from app.commands.bundles import command
from app.commands.connection import an_id
from app.commands.paths import a_path
from app.commands.terminal import console, fail, say_json
from app.contract.keys import DEFAULT_SCOPES, ApiKey, KeysUnreadableError, Scope

if TYPE_CHECKING:  # it needs a POSIX system; other commands do not
    from app.stores.keys import KeyFile

keys = typer.Typer(
    help="Make, list and revoke API keys. With the first one, keys are needed.",
    no_args_is_help=True,
)


@dataclass(frozen=True, kw_only=True)
class _FileOptions:
    """Which file of keys, and who listens."""

    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            parser=a_path,
            envvar="IMPASTO_KEYS_FILE",
            help="The file of keys; keys.json in the data directory if left out.",
        ),
    ] = None
    data: Annotated[
        Path,
        typer.Option(
            "--data", parser=a_path, envvar="IMPASTO_DATA_DIR", help="Where jobs live."
        ),
    ] = Path("data")
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False

    def opened(self) -> "KeyFile":
        """Return the file."""
        # A POSIX system is needed for the file, not for the other commands.
        from app.stores.keys import KeyFile  # noqa: PLC0415

        return KeyFile(self.file or self.data / "keys.json")


@keys.command()
@command
def create(
    *,
    name: Annotated[str, typer.Option(help="What you will know the key by.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it allows; repeat it. Jobs, if left out."),
    ] = None,
    submissions_per_minute: Annotated[
        int | None, typer.Option(min=1, help="Instead of the service's own limit.")
    ] = None,
    polls_per_second: Annotated[
        int | None, typer.Option(min=1, help="Instead of the service's own limit.")
    ] = None,
    options: _FileOptions,
) -> None:
    """Make a key and print it, this once; it is stored as a hash only."""
    with _refusals_in_words():
        key, token = options.opened().create(
            name,
            frozenset(scope) if scope else DEFAULT_SCOPES,
            submissions_per_minute=submissions_per_minute,
            polls_per_second=polls_per_second,
        )
    if options.as_json:
        say_json(_view(key) | {"key": token})
        return
    console.print(f"{key.id} ({', '.join(sorted(key.scopes))}): keep it, it is shown")
    console.print("this once. Send it as: Authorization: Bearer imp_...")
    typer.echo(token)


@keys.command("list")
@command
def list_keys(
    *,
    options: _FileOptions,
) -> None:
    """Show the keys of the file, revoked ones included, but not the keys themselves."""
    with _refusals_in_words():
        found = options.opened().read()
    if options.as_json:
        say_json({"data": [_view(key) for key in found]})
        return
    if not found:
        console.print("There are no keys: everybody may do everything.")
    for key in found:
        state = "in use" if key.revoked_at is None else f"revoked {key.revoked_at}"
        scopes = ",".join(sorted(key.scopes))
        typer.echo(f"{key.id}  {scopes}  {state}  {key.name}")


@keys.command()
@command
def revoke(
    *,
    key_id: Annotated[
        str,
        typer.Argument(
            parser=an_id, metavar="KEY_ID", help="key_ and 8 digits: see list."
        ),
    ],
    options: _FileOptions,
) -> None:
    """Make a key, and every link that was made with it, worthless."""
    # A POSIX system is needed for the file, not for the other commands.
    from app.stores.keys import UnknownKeyError  # noqa: PLC0415

    with _refusals_in_words():
        try:
            key = options.opened().revoke(key_id)
        except UnknownKeyError:
            fail(f"there is no key {key_id}; see: impasto keys list")
    if options.as_json:
        say_json(_view(key))
    else:
        console.print(f"{key.id} is revoked; a running service knows it in a second.")


@contextmanager
def _refusals_in_words() -> Iterator[None]:
    try:
        yield
    except KeysUnreadableError as error:
        fail(str(error))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        fail(f"{first['loc'][0]}: {first['msg']}", code=2)


# A view's values are of every type that JSON has.
def _view(key: ApiKey) -> dict[str, Any]:
    """Return what may be shown of a key."""
    return key.model_dump(mode="json", exclude={"sha256"}) | {
        "scopes": sorted(key.scopes)
    }
