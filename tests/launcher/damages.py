"""Ways to damage the files of a Valkey that is not running: each is a function."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path


class StateFiles:
    """Where they are, in a data directory with one base and one increment."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.folder = data_dir / "appendonlydir"
        self.manifest = self.folder / "appendonly.aof.manifest"
        (self.base,) = self.folder.glob("*.base.rdb")
        (self.increment,) = self.folder.glob("*.incr.aof")


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def shorten(path: Path, by: int) -> None:
    os.truncate(path, path.stat().st_size - by)


def overwrite(path: Path, content: bytes, at: float = 0.5) -> None:
    """Write over what stands there; `at` is a fraction of the length."""
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * at))
        file.write(content)


def flip(path: Path, at: float, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1 << bit
    path.write_bytes(content)


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def garbage(length: int) -> bytes:
    return random.Random(1).randbytes(length)  # noqa: S311 - no secret


def leave_old_file(files: StateFiles, content: bytes) -> None:
    """Leave what a server of before version 7 kept all in, and nothing newer."""
    shutil.rmtree(files.folder)
    (files.data_dir / "appendonly.aof").write_bytes(content)


def a_command(*words: str) -> bytes:
    parts = [f"*{len(words)}\r\n"]
    parts += [f"${len(each)}\r\n{each}\r\n" for each in words]
    return "".join(parts).encode()


def _replace_folder(files: StateFiles, target: str | None) -> None:
    shutil.rmtree(files.folder)
    if target is None:
        files.folder.write_text("in the way")
    else:
        files.folder.symlink_to(target)


def _first_line(path: Path) -> str:
    return path.read_text().splitlines(keepends=True)[0]


DAMAGES: dict[str, Callable[[StateFiles], object]] = {
    "increment with NULs at its end": lambda f: append(f.increment, bytes(12)),
    "increment with a page of NULs": lambda f: append(f.increment, bytes(4096)),
    "increment cut in a command": lambda f: shorten(f.increment, 5),
    "increment cut in half": lambda f: shorten(
        f.increment, f.increment.stat().st_size // 2
    ),
    "increment with garbage inside": lambda f: overwrite(f.increment, garbage(400)),
    "increment that begins with NULs": lambda f: overwrite(f.increment, bytes(64), 0),
    "increment with garbage at its end": lambda f: append(f.increment, garbage(100)),
    "increment of NULs": lambda f: f.increment.write_bytes(
        bytes(f.increment.stat().st_size)
    ),
    "increment that is empty": lambda f: f.increment.write_bytes(b""),
    "increment that is missing": lambda f: f.increment.unlink(),
    "increment that is a directory": lambda f: make_directory(f.increment),
    "increment that is a pipe": lambda f: make_pipe(f.increment),
    "increment with a command that is none": lambda f: append(
        f.increment, a_command("HSXT", "a", "b")
    ),
    "increment with too few words": lambda f: append(
        f.increment, a_command("HSET", "a")
    ),
    "increment with a value too long": lambda f: append(
        f.increment, b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$99999999999\r\nb\r\n"
    ),
    "base cut by 5 bytes": lambda f: shorten(f.base, 5),
    "base cut in half": lambda f: shorten(f.base, f.base.stat().st_size // 2),
    "base with a flipped bit": lambda f: flip(f.base, 0.5),
    "base with flipped bits in its head": lambda f: flip(f.base, 0.0, 5),
    "base with another checksum": lambda f: flip(f.base, 0.9999),
    "base with a value too long": lambda f: overwrite(f.base, b"\x81" + b"\xff" * 8),
    "base of garbage": lambda f: f.base.write_bytes(garbage(5000)),
    "base of NULs": lambda f: f.base.write_bytes(bytes(f.base.stat().st_size)),
    "base that is empty": lambda f: f.base.write_bytes(b""),
    "base that is missing": lambda f: f.base.unlink(),
    "base that is a directory": lambda f: make_directory(f.base),
    "base and increment exchanged": lambda f: (
        f.base.rename(f.folder / "x"),
        f.increment.rename(f.base),
        (f.folder / "x").rename(f.increment),
    ),
    "base and increment damaged": lambda f: (
        shorten(f.base, 5),
        append(f.increment, bytes(12)),
    ),
    "manifest with a name that is too long": lambda f: append(
        f.manifest, b"file " + b"x" * 5000 + b" seq 2 type i\n"
    ),
    "manifest with a NUL in a name": lambda f: append(
        f.manifest, b"file x\0y seq 2 type i\n"
    ),
    "manifest that is empty": lambda f: f.manifest.write_bytes(b""),
    "manifest of garbage": lambda f: f.manifest.write_bytes(garbage(100)),
    "manifest of words": lambda f: f.manifest.write_text("nonsense\n"),
    "manifest with NULs at its end": lambda f: append(f.manifest, bytes(12)),
    "manifest cut in a line": lambda f: shorten(f.manifest, 5),
    "manifest without its last character": lambda f: shorten(f.manifest, 1),
    "manifest without its last line": lambda f: f.manifest.write_text(
        _first_line(f.manifest)
    ),
    "manifest that is missing": lambda f: f.manifest.unlink(),
    "manifest that is a directory": lambda f: make_directory(f.manifest),
    "manifest that names another file": lambda f: f.manifest.write_text(
        f.manifest.read_text().replace("incr.aof", "incr.xyz")
    ),
    "folder that is a file": lambda f: _replace_folder(f, None),
    "folder that leads nowhere": lambda f: _replace_folder(f, "nowhere"),
    "folder that leads to itself": lambda f: _replace_folder(f, "appendonlydir"),
    "folder that is empty": lambda f: (shutil.rmtree(f.folder), f.folder.mkdir()),
    "folder that is missing": lambda f: shutil.rmtree(f.folder),
    "old file of garbage": lambda f: leave_old_file(f, garbage(50)),
    "old file that is cut": lambda f: leave_old_file(f, b"*3\r\n$3\r\nSET\r\n$1"),
    "old file of garbage beside a damaged folder": lambda f: (
        (f.data_dir / "appendonly.aof").write_bytes(garbage(50)),
        f.manifest.write_bytes(b""),
    ),
    "old dump of garbage": lambda f: (
        shutil.rmtree(f.folder),
        (f.data_dir / "dump.rdb").write_bytes(b"REDIS garbage"),
    ),
}
