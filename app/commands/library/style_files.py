"""`impasto styles export` and `import`: a style's network as a file, and back."""

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from app.client import ClientError, FileError, ImpastoClient, RefusedError
from app.commands import connection as c
from app.commands.bundles import command
from app.commands.doctor.worker import is_installed
from app.commands.library.styles import StyleArgument
from app.commands.options import ForceOption, out_option
from app.commands.outputs import require_new
from app.commands.paths import Destination, a_path
from app.commands.terminal import as_members, console, say, say_json
from app.contract.packs.reading import (
    MAX_PACK_BYTES,
    ONNX_TYPE,
    PackUnreadableError,
    read_pack,
)
from app.problems import ProblemCode
from app.terminal import Fitting, write_file

_LAST_WORDS = 400


class PackFormat(StrEnum):
    """As which a style's network is written; also the file's ending."""

    SAFETENSORS = "safetensors"
    ONNX = "onnx"


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
        content = _exported(client, style, format)
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


def _exported(client: ImpastoClient, style: str, wanted: PackFormat) -> bytes:
    """Return the file; an ONNX that the service lacks is made here, if that can be."""
    if wanted is PackFormat.SAFETENSORS:
        return client.style_pack(style)
    try:
        return client.style_pack(style, ONNX_TYPE)
    except RefusedError as error:
        if error.code != ProblemCode.NOT_ACCEPTABLE:
            raise
    if not is_installed():
        raise ClientError(
            f"{style} is not there as ONNX, and making it takes what is not installed "
            "here: impasto[worker,fast]"
        )
    console.print("The service has no ONNX of it: made here.", highlight=False)
    return _converted(client.style_pack(style))


def _converted(pack: bytes) -> bytes:
    """Return a pack as ONNX, made by the engine in a process of its own."""
    with TemporaryDirectory() as folder:
        before, after = (Path(folder) / f"style.{each}" for each in PackFormat)
        before.write_bytes(pack)
        done = subprocess.run(  # noqa: S603 - this Python, files of our own
            [
                *[sys.executable, "-P", "-m", "worker.engine", "export"],
                *[str(before), "-o", str(after)],
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            words = done.stderr.strip()[-_LAST_WORDS:]
            raise ClientError(f"the engine made no ONNX file: {words}")
        return after.read_bytes()


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
