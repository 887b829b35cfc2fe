"""Pictures and settings on their way into a form: in order, and read from disk."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from pydantic import JsonValue

from app.client.calls import Part
from app.client.errors import ClientError, FileError
from app.client.flows import Flow, ReadFile

#: A file on this machine, or a file's bytes.
Picture: TypeAlias = str | PathLike[str] | bytes
#: By the names of slots: one file, or as many as there are, None for a missing one.
Inputs: TypeAlias = Mapping[str, Picture | Sequence[Picture | None]]
#: By the names of a job's `params`; None leaves one out.
Settings: TypeAlias = Mapping[str, object]


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


def file_parts(name: str, pictures: Sequence[Picture | None]) -> Flow[list[Part]]:
    """Return a part for each picture; None becomes an empty one, which keeps count."""
    # A path is a sequence of letters, and easily passed where a list is meant.
    if isinstance(pictures, str | bytes | PathLike):
        raise ClientError(f"{name} must be a list of pictures, not one")
    parts = []
    for each in pictures:
        content = b"" if each is None else (yield from read_picture(each))
        parts.append(Part(name=name, content=content, is_file=each is not None))
    return parts


def setting_parts(settings: Settings | None) -> list[Part]:
    """Return a field for each setting that is there."""
    return [
        Part.text(name, value)
        for name, value in (settings or {}).items()
        if value is not None
    ]


def submission_parts(
    files: Mapping[str, Sequence[Picture | None]],
    style_ids: Sequence[str],
    kind: str | None,
    params: Settings | None,
) -> Flow[list[Part]]:
    """Return files by slot, the paintings of the library after those sent, settings."""
    parts: list[Part] = []
    for slot, pictures in files.items():
        parts += yield from file_parts(slot, pictures)
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
