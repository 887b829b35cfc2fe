"""What a job leaves behind: its picture, previews, losses and inputs."""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue

from app.client.calls import Call, path_of
from app.client.errors import ClientError, FileError
from app.client.flows import Flow, WriteFile, exchange
from app.client.shapes import Document, JobFile, Listing, Losses, Page, read

#: By the ending of a file's name.
MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".gif": "image/gif",
    ".ply": "model/x-ply",
    ".splat": "model/x-splat",
    ".las": "model/x-las",
    ".laz": "model/x-laz",
    ".npz": "application/x-npz",
    **dict.fromkeys((".xyz", ".xyzrgb", ".pts", ".csv", ".asc"), "text/plain"),
}
#: What the loss curve comes as, besides JSON.
CSV, SVG = "text/csv", "image/svg+xml"


class PreviewImage(NamedTuple):
    """A small JPEG of the picture at one step; None if the service named no step."""

    step: int | None
    content: bytes


def result(
    job_id: str, *, media_type: str | None = None, quality: int | None = None
) -> Flow[bytes]:
    """Return the finished picture's file.

    Args:
        job_id: Whose.
        media_type: `image/png`, which is lossless and the default, `image/jpeg`,
            `image/webp` or `image/avif`.
        quality: Of a JPEG, WebP or AVIF, 1 to 100.

    Raises:
        ResultNotReadyError, JobFailedError, JobCanceledError, ResultExpiredError:
            There is no picture, or not yet, or not any more.
    """
    call = Call(
        method="GET",
        path=path_of("jobs", job_id, "result"),
        query=[] if quality is None else [("quality", str(quality))],
        headers={"Accept": media_type or MEDIA_TYPES[".png"]},
        follows=True,  # to where the service stores pictures
    )
    return (yield from exchange(call)).content


def save(
    job_id: str,
    path: str | PathLike[str],
    *,
    media_type: str | None = None,
    quality: int | None = None,
) -> Flow[Path]:
    """Write the finished picture's file, whole or not at all; return its path.

    Args:
        job_id: Whose.
        path: Where to; `.png`, `.jpg`, `.jpeg`, `.webp` or `.avif` says which kind of
            file.
        media_type: The kind, where the name does not say it.
        quality: Of a JPEG, WebP or AVIF, 1 to 100.

    Raises:
        FileError: The file cannot be written, or its name tells no kind.
        ClientError: There is no picture.
    """
    out = Path(path)
    kind = media_type or MEDIA_TYPES.get(out.suffix.lower())
    if kind is None:
        raise FileError(f"cannot write {out}: name it {', '.join(MEDIA_TYPES)}")
    content = yield from result(job_id, media_type=kind, quality=quality)
    try:
        yield WriteFile(out, content)
    except OSError as error:
        raise FileError(f"cannot write {out}: {error.strerror}") from error
    return out


def preview(job_id: str, *, step: int | None = None) -> Flow[PreviewImage]:
    """Return the newest small picture, or the one of a step while it is kept."""
    query = [] if step is None else [("step", str(step))]
    path = path_of("jobs", job_id, "preview")
    response = yield from exchange(Call(method="GET", path=path, query=query))
    told = response.headers.get("X-Step", "")
    return PreviewImage(int(told) if told.isdecimal() else step, response.content)


def losses(job_id: str) -> Flow[Losses]:
    """Return the loss curve as numbers."""
    return read(Losses, (yield from exchange(_losses(job_id, "application/json"))))


def losses_as(job_id: str, media_type: str) -> Flow[str]:
    """Return the loss curve as the text of a `text/csv` or an `image/svg+xml`."""
    return (yield from exchange(_losses(job_id, media_type))).text


def files(job_id: str) -> Flow[list[JobFile]]:
    """Return the further files of a finished job's result."""
    path = path_of("jobs", job_id, "files")
    return read(
        Page[JobFile], (yield from exchange(Call(method="GET", path=path)))
    ).data


def file(job_id: str, name: str) -> Flow[bytes]:
    """Return one of the further files.

    Raises:
        ClientError: There is none of this name, or it is no longer kept.
    """
    path = path_of("jobs", job_id, "files", name)
    call = Call(method="GET", path=path, follows=True)  # to where files are stored
    return (yield from exchange(call)).content


def input_picture(job_id: str, name: str) -> Flow[bytes]:
    """Return a picture that the job was made from: `content`, `style/0`, `init`."""
    path = path_of("jobs", job_id, "inputs", *name.split("/"))
    return (yield from exchange(Call(method="GET", path=path))).content


def deliveries(job_id: str) -> Flow[list[dict[str, JsonValue]]]:
    """Return what was sent to the job's webhook, and what came back."""
    path = path_of("jobs", job_id, "deliveries")
    return read(Listing, (yield from exchange(Call(method="GET", path=path)))).data


def redeliver(job_id: str, number: int) -> Flow[Document]:
    """Ask for a delivery to be sent once more; return it."""
    if number < 0:
        raise ClientError(f"deliveries are numbered from 0; {number} is none")
    path = path_of("jobs", job_id, "deliveries", str(number), "redeliver")
    return read(Document, (yield from exchange(Call(method="POST", path=path))))


def _losses(job_id: str, media_type: str) -> Call:
    path = path_of("jobs", job_id, "losses")
    return Call(method="GET", path=path, headers={"Accept": media_type})
