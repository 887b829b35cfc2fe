"""`impasto styles export` and `import`: a style's network as a file, and back."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.client import FileError
from app.commands import connection as c
from app.commands.bundles import command
from app.commands.library.styles import StyleArgument
from app.commands.options import ForceOption, out_option
from app.commands.outputs import require_new
from app.commands.paths import Destination, a_path
from app.commands.terminal import as_members, say, say_json
from app.contract.packs.reading import (
    MAX_PACK_BYTES,
    ONNX_TYPE,
    PACK_TYPE,
    PackUnreadableError,
    read_pack,
)
from app.terminal import Fitting, write_file


class PackFormat(StrEnum):
    """As which a style's network is written; also the file's ending."""

    SAFETENSORS = "safetensors"
    ONNX = "onnx"


_TYPES = {PackFormat.SAFETENSORS: PACK_TYPE, PackFormat.ONNX: ONNX_TYPE}


@command
def export_style(
    *,
    style: StyleArgument,
    format: Annotated[  # noqa: A002 - the option's word
        PackFormat,
        typer.Option(help="safetensors for another Impasto, onnx for any program."),
    ] = PackFormat.SAFETENSORS,
    out: Annotated[
        Destination | None,
        out_option("Where to write it; the style's id in this folder if left out."),
    ] = None,
    force: ForceOption = False,
    options: c.ServiceOptions,
) -> None:
    """Save the network that paints in a style; print the file's name."""
    destination = out or Destination(Path(), is_folder=True)
    file = destination.file(f"{style}.{format}")
    with options.client() as client:
        require_new([file], force=force, as_json=options.as_json)
        content = client.style_pack(style, _TYPES[format])
    write_file(file, content)
    if options.as_json:
        say_json({"style": style, "format": str(format), "file": str(file)})
    else:
        typer.echo(str(file))


@command
def import_style(
    *,
    pack: Annotated[
        Path,
        typer.Argument(parser=a_path, help="A pack: a safetensors file of Impasto's."),
    ],
    image: Annotated[
        Path | None,
        typer.Option(parser=a_path, help="Its painting, if that is there."),
    ] = None,
    sample: Annotated[
        Path | None,
        typer.Option(
            parser=a_path, help="Else a picture that the pack has made, to show it by."
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="What it is called; the pack's word if left out.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--license", help="Of the picture.")
    ] = None,
    options: c.ServiceOptions,
) -> None:
    """Put a pack into the library; print the id of its style."""
    content = _readable(pack)
    with options.client() as client:
        fitted = Fitting(client, say).fitted
        new = client.add_style(
            None if image is None else fitted(image),
            sample=None if sample is None else fitted(sample),
            pack=content,
            title=title,
            license=licence,
        )
    if options.as_json:
        say_json(as_members(new))
    else:
        typer.echo(new.id)


def _readable(pack: Path) -> bytes:
    """Return a pack's bytes, or say here what the service would say."""
    try:
        if pack.stat().st_size > MAX_PACK_BYTES:
            raise FileError(f"{pack}: larger than {MAX_PACK_BYTES} bytes, so no pack")
        content = pack.read_bytes()
        read_pack(content)
    except OSError as error:
        raise FileError(f"cannot read {pack}: {error.strerror}") from error
    except PackUnreadableError as error:
        raise FileError(f"{pack}: {error}") from error
    return content
