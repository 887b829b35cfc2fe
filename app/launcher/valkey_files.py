"""The files in which Valkey keeps its state: which there are, and which are damaged.

It reads, and changes nothing. What a file holds it does not know.
"""

import re
import shlex
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = "appendonlydir"
MANIFEST = "appendonly.aof.manifest"
#: What servers of before version 7 kept all in; a newer one takes it over.
OLD_FILE = "appendonly.aof"
#: What stands in the name of what was damaged; a time in UTC follows.
ASIDE = ".damaged-"

#: A dump begins so, by the name of the server that wrote it.
_DUMPS = (b"REDIS", b"VALKEY")
#: A manifest's type of the file that all begins with, and of what was appended since.
_BASE, _INCREMENT = "b", "i"
#: File systems have no longer ones.
_LONGEST_NAME_BYTES = 255
#: The server's binary is its own checking tool when it is called so.
_CHECK_INCREMENT, _CHECK_DUMP = "redis-check-aof", "redis-check-rdb"
_CHECK_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class Damage:
    """A file that is not as its server left it."""

    path: Path
    why: str


@dataclass(frozen=True)
class Part:
    """One file that a manifest names."""

    path: Path
    kind: str

    @property
    def is_dump(self) -> bool:
        """Whether it is a dump of everything, not a list of commands."""
        return self.kind == _BASE and self.path.suffix == ".rdb"

    @property
    def is_increment(self) -> bool:
        """Whether it is a list of commands, of which the last one grows."""
        return self.kind == _INCREMENT


def parts(data_dir: Path) -> list[Part]:
    """Return the files that the next start reads, in its order.

    Raises:
        OSError: The manifest cannot be read.
        ValueError: It is none.
    """
    folder = data_dir / FOLDER
    if not (folder / MANIFEST).exists():
        old = data_dir / OLD_FILE
        return [Part(old, _INCREMENT)] if old.exists() else []
    text = (folder / MANIFEST).read_bytes().decode()
    if text and not text.endswith("\n"):
        raise ValueError("the last line is cut off")
    lines = text.splitlines()
    named = [_fields(line) for line in lines if line and not line.startswith("#")]
    return [
        Part(folder / each["file"], each["type"])
        for each in named
        if each["type"] in {_BASE, _INCREMENT}
    ]


def damages(data_dir: Path) -> Iterator[Damage]:
    """Yield what can be seen of damage without reading more than the manifest.

    Some of it a server would not complain of: it begins anew where the manifest is
    missing, and takes an empty base for nothing at all.

    Raises:
        OSError: Something cannot be looked at: it may be well.
    """
    folder = data_dir / FOLDER
    if folder.is_symlink() and not folder.exists():
        yield Damage(folder, "leads nowhere")
        return
    if folder.exists() and not folder.is_dir():
        yield Damage(folder, "is no directory")
        return
    manifest = folder / MANIFEST
    try:
        if (manifest.exists() or manifest.is_symlink()) and not manifest.is_file():
            yield Damage(manifest, "is no file")
            return
        named = parts(data_dir)
    except ValueError:
        yield Damage(manifest, "is no manifest")
        return
    yield from _not_named(manifest, named)
    for part in named:
        if why := _fault(part):
            yield Damage(part.path, why)


def found_by_tools(data_dir: Path, binary: Path) -> Iterator[Damage]:
    """Yield what the server's own tools find, which read everything.

    Nobody may write meanwhile: half a command would be taken for damage.

    Raises:
        OSError, subprocess.SubprocessError: There is no such tool, or it did not end.
    """
    for part in parts(data_dir):
        tool = _CHECK_DUMP if part.is_dump else _CHECK_INCREMENT
        if part.path.stat().st_size and not _passes(binary, tool, str(part.path)):
            yield Damage(part.path, "is damaged")


def cut_damaged_end(increment: Path, binary: Path) -> bool:
    """Cut a list of commands off where it can no longer be read; False if it can.

    Raises:
        OSError, subprocess.SubprocessError: There is no such tool, or it did not end.
    """
    if _passes(binary, _CHECK_INCREMENT, str(increment)):
        return False
    return _passes(binary, _CHECK_INCREMENT, "--fix", str(increment))


def kept_aside(data_dir: Path) -> list[Path]:
    """Return what earlier starts found damaged and kept."""
    return sorted(data_dir.glob(f"*{ASIDE}*"))


def _not_named(manifest: Path, named: list[Part]) -> Iterator[Damage]:
    """Yield a manifest that is missing, or has lost the lines of files that are there.

    One that a crash left behind is not named either: of increments only an empty one.
    """
    folder = manifest.parent
    if not manifest.exists():
        files = folder.glob("appendonly.aof.*") if folder.is_dir() else ()
        if any(each.stat().st_size for each in files):
            yield Damage(manifest, "is missing")
        return
    if not named:
        yield Damage(manifest, "names no file")
    elif not any(part.is_increment for part in named):
        increments = folder.glob("appendonly.aof.*.incr.aof")
        if any(each.stat().st_size for each in increments):
            yield Damage(manifest, "names no increment")


def _fields(line: str) -> dict[str, str]:
    """Return a manifest's line `file NAME seq 1 type b` by its words."""
    words = shlex.split(line)
    fields = dict(zip(words[::2], words[1::2], strict=True))
    name, number = fields.get("file", ""), fields.get("seq", "")
    is_name = name == Path(name).name and "\0" not in name
    is_sound = is_name and len(name.encode()) <= _LONGEST_NAME_BYTES
    if not is_sound or not re.fullmatch(r"[0-9]+", number) or not fields.get("type"):
        raise ValueError(f"{line!r} is no line of a manifest")
    return fields


def _fault(part: Part) -> str | None:
    try:
        there = part.path.stat()
    except FileNotFoundError:
        return "is missing"
    if not stat.S_ISREG(there.st_mode):
        return "is no file"
    if not part.is_dump:
        return None
    if there.st_size == 0:
        return "is empty"
    with part.path.open("rb") as file:
        return None if file.read(6).startswith(_DUMPS) else "is no dump"


def _passes(binary: Path, tool: str, *arguments: str) -> bool:
    """Whether one of the server's tools is content; it answers its question by yes."""
    done = subprocess.run(  # noqa: S603 - the server's own binary
        [tool, *arguments],
        executable=binary,
        input=b"y\n",
        capture_output=True,
        timeout=_CHECK_TIMEOUT_S,
        check=False,
    )
    return done.returncode == 0
