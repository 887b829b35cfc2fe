"""`impasto styles`: the service's library of paintings."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from app.client import Style
from app.commands import connection as c
from app.commands.bundles import command
from app.commands.completion import complete_style_ids
from app.commands.options import ForceOption, out_option
from app.commands.outputs import require_new
from app.commands.paths import Destination, a_path
from app.commands.terminal import (
    as_members,
    console,
    new_table,
    output,
    say,
    say_json,
    say_table,
)
from app.terminal import Fitting, require_readable, write_file

styles = typer.Typer(
    help="The service's library of paintings: list, show, add, remove, export, import.",
    no_args_is_help=True,
)

StyleArgument = Annotated[
    str,
    typer.Argument(
        parser=c.an_id,
        metavar="STYLE",
        help="The painting's id, as `impasto styles list` shows it.",
        autocompletion=complete_style_ids,
    ),
]


@styles.command("list")
@command
def list_styles(
    *,
    options: c.ServiceOptions,
) -> None:
    """List the paintings that --style-id takes."""
    with options.client() as client:
        found = client.styles()
    if options.as_json:
        say_json({"data": [as_members(each) for each in found]})
    elif found:
        say_table(_table(found))
    else:
        console.print("The library is empty.")


@styles.command()
@command
def show(
    *,
    style: StyleArgument,
    out: Annotated[
        Destination | None,
        out_option("Save the painting's picture, a PNG."),
    ] = None,
    force: ForceOption = False,
    options: c.ServiceOptions,
) -> None:
    """Tell what is known of a painting; save its picture."""
    with options.client() as client:
        file = None if out is None else out.file(f"{Path(style).name}.png")
        if file is not None:
            require_new([file], force=force, as_json=options.as_json)
        found = client.style(style)
        if file is not None:
            write_file(file, client.style_image(style))
    if options.as_json:
        say_json(as_members(found))
        return
    for name, value in _facts(found).items():
        output.print(f"{name:<9} {value}", highlight=False, markup=False)


@styles.command()
@command
def add(
    *,
    image: Annotated[
        Path,
        typer.Argument(
            parser=a_path, help="The painting: a JPEG, PNG, WebP, HEIC or AVIF."
        ),
    ],
    title: Annotated[
        str | None, typer.Option(help="What it is called; the file's name if left out.")
    ] = None,
    artist: Annotated[str | None, typer.Option(help="Who painted it.")] = None,
    licence: Annotated[
        str | None, typer.Option("--license", help="Under which it may be used.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Where it is from.")] = None,
    options: c.ServiceOptions,
) -> None:
    """Put a painting into the library; print its id."""
    with options.client() as client:
        require_readable(image)
        new = client.add_style(
            Fitting(client, say).fitted(image),
            title=title or image.stem,
            artist=artist,
            license=licence,
            source=source,
        )
    if options.as_json:
        say_json(as_members(new))
    else:
        typer.echo(new.id)


@styles.command()
@command
def remove(
    *,
    style: StyleArgument,
    options: c.ServiceOptions,
) -> None:
    """Take a painting that was added out of the library."""
    with options.client() as client:
        client.delete_style(style)
    if options.as_json:
        say_json({"id": style, "deleted": True})
    else:
        console.print(f"{style} removed", highlight=False, markup=False)


def _table(found: list[Style]) -> Table:
    table = new_table("STYLE", "PIXELS", "FROM", "NETWORK", "TITLE")
    for each in found:
        facts = _facts(each)
        names = ("pixels", "from", "network", "title")
        table.add_row(each.id, *(escape(facts.get(name, "")) for name in names))
    return table


def _facts(style: Style) -> dict[str, str]:
    """Return what there is to tell, by name."""
    pixels = f"{style.width}x{style.height}" if style.width and style.height else None
    facts = {
        "id": style.id,
        "title": style.title,
        "artist": style.artist,
        "license": style.license,
        "source": style.source,
        "pixels": pixels,
        "from": "the service" if style.builtin else "an upload",
        "network": _network(style),
    }
    return {name: value for name, value in facts.items() if value}


def _network(style: Style) -> str | None:
    """Return whether a network paints in the style, and whether a painting is there."""
    if style.pack is None:
        return None
    return "of its own" if style.paintable else "alone, no painting"
