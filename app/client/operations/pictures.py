"""Pictures and settings on their way into a form: in order, and read from disk."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from pydantic import JsonValue

from app.client.calls import Part
from app.client.errors import ClientError, FileError
from app.client.flows import Flow, ReadFile
from app.client.operations.uploads import upload
from app.client.shapes import Upload

#: A file on this machine, or a file's bytes.
Picture: TypeAlias = str | PathLike[str] | bytes
#: Or what was sent before its job.
File: TypeAlias = Picture | Upload
#: By the names of slots: one file, or as many as there are, None for a missing one.
Inputs: TypeAlias = Mapping[str, "File | Sequence[File | None]"]
#: By the names of a job's `params`; None leaves one out.
Settings: TypeAlias = Mapping[str, object]

#: What is longer goes before its job: a form may have 64 MiB.
_LONGEST_IN_FORM = 32 * 2**20


def read_picture(picture: Picture) -> Flow[bytes]:
    """Return the picture's bytes.

    Raises:
        FileError: The file cannot be read.
    """
    if isinstance(picture, bytes):
        return picture
    if not str(picture).strip():  # Python takes it for the current folder
        raise FileError("a picture's path is empty")
    path = Path(picture)
    try:
        content: bytes = yield ReadFile(path)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from error
    return content


def file_parts(name: str, files: Sequence[File | None]) -> Flow[list[Part]]:
    """Return a part for each file; None becomes an empty one, which keeps count.

    What was sent before is named; what is long is sent now, and then named.
    """
    # A path is a sequence of letters, and easily passed where a list is meant.
    if isinstance(files, str | bytes | PathLike | Upload):
        raise ClientError(f"{name} must be a list of pictures, not one")
    parts = []
    for each in files:
        sent: bytes | Upload = b""
        if each is not None:
            sent = each if isinstance(each, Upload) else (yield from read_picture(each))
        if isinstance(sent, bytes) and len(sent) > _LONGEST_IN_FORM:
            sent = yield from upload(sent)
        if isinstance(sent, Upload):
            parts.append(Part.text(f"{name}_upload", sent.id))
        else:
            parts.append(Part(name=name, content=sent, is_file=each is not None))
    return parts


def setting_parts(settings: Settings | None) -> list[Part]:
    """Return a field for each setting that is there."""
    return [
        Part.text(name, value)
        for name, value in (settings or {}).items()
        if value is not None
    ]


def submission_parts(
    files: Mapping[str, Sequence[File | None]],
    style_ids: Sequence[str],
    kind: str | None,
    params: Settings | None,
) -> Flow[list[Part]]:
    """Return files by slot, the paintings of the library after those sent, settings."""
    parts: list[Part] = []
    for slot, given in files.items():
        parts += yield from file_parts(slot, given)
        if slot == "style":
            parts += [Part.text("style_id", each) for each in style_ids]
    return [*parts, *setting_parts({"kind": kind, **(params or {})})]


def option_parts(
    metadata: Mapping[str, JsonValue] | None,
    webhook: Mapping[str, JsonValue] | None,
    ttl_seconds: int | None,
    priority: str | None,
) -> list[Part]:
    """Return the fields that say nothing of the picture itself."""
    return setting_parts(
        {
            "metadata": metadata,
            "webhook": webhook,
            "ttl_seconds": ttl_seconds,
            "priority": priority,
        }
    )


def request_headers(
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
    cancel_after: float | None = None,
    reuse: bool = True,
) -> dict[str, str]:
    """Return the headers that say how a submission is to be treated."""
    headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
    if wait is not None:
        headers["Prefer"] = f"wait={_whole(wait)}"
    if cancel_after is not None:
        headers["Cancel-After"] = f"{_whole(cancel_after)}s"
    if not reuse:
        headers["Cache-Control"] = "no-cache"
    return headers


def _whole(seconds: float) -> int:
    """Return whole seconds, never fewer than were asked for."""
    return max(0, -int(-seconds // 1))
