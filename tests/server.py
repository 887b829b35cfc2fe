"""The tests' own Valkey: one a process, started when it is first asked for.

Each ledger of a test has a database of its own in it, so that nothing which a thread of
an earlier test still does can be seen by a later one.
"""

import atexit
import contextlib
import functools
import itertools
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import redis

from app.launcher import valkey
from app.stores.connections import connect

#: Database 0 is for tests that know the server by its URL.
_DATABASES = 2**14
_numbers = itertools.count(1)
_open: list[redis.Redis] = []
_closing = contextlib.ExitStack()
atexit.register(_closing.close)


@functools.cache
def url() -> str:
    """Return where the server listens."""
    directory = Path(_closing.enter_context(tempfile.TemporaryDirectory()))
    path = valkey.socket_path(directory)
    command = valkey.command(valkey.find_binary(), path, directory)
    command += ["--databases", str(_DATABASES)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    _closing.callback(process.wait, 10)
    _closing.callback(process.terminate)
    valkey.wait_until_ready(path)
    return f"unix://{path}"


def empty_database() -> redis.Redis:
    """Return a client of a database that nobody has used."""
    client = connect(f"{url()}?db={next(_numbers)}")
    _open.append(client)
    return client


@contextlib.contextmanager
def databases_of_a_test() -> Iterator[None]:
    """Empty and leave the databases that were taken in the block."""
    before = len(_open)
    yield
    for client in _open[before:]:
        with contextlib.suppress(redis.RedisError):
            client.flushdb()
        client.close()
    del _open[before:]
