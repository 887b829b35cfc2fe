"""Runs the ledger's Lua: each script is one atomic step by the server's clock."""

import contextlib
import functools
import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import redis

from app.contract.ports import LedgerUnavailableError
from app.stores.ledger.rules import HISTOGRAM_BOUNDS

#: What stands before a script, besides `common`.
_BEFORE: dict[str, tuple[str, ...]] = {
    "abandon_restoring": ("whole",),
    "beat": ("offers",),
    "begin_restoring": ("whole",),
    "check": (),
    "claim": ("whole", "leases", "offers"),
    "create": (),
    "delete": ("forget",),
    "drop": ("whole",),
    "finish": (),
    "finish_restoring": ("whole",),
    "go_on": ("whole",),
    "is_whole": ("whole",),
    "look": ("whole",),
    "note_checkpoint": (),
    "note_preview": (),
    "note_resumed": (),
    "note_state": (),
    "note_written": (),
    "pause": (),
    "previews": (),
    "reap": ("leases",),
    "record_reused": (),
    "remember": ("whole",),
    "request": (),
    "request_cancel": (),
    "request_finish": (),
    "resume": (),
    "restore": ("whole",),
    "restore_batch": ("whole",),
    "restore_commands": ("whole",),
    "sweep": ("whole", "forget"),
    "unneeded": ("whole",),
    "wipe": ("whole",),
}

#: What may be refused where Redis has no memory left: new work. The rest must go on, or
#: running jobs would lose their leases and their ends, and nothing would be swept.
_TAKES_NEW_WORK = frozenset({"create", "record_reused"})
#: Redis 7 and later, Valkey.
ALLOW_FULL_MEMORY = "#!lua flags=allow-oom\n"


@contextlib.contextmanager
def translated_errors() -> Iterator[None]:
    """Turn whatever redis-py raises into the port's error."""
    try:
        yield
    except redis.RedisError as error:
        raise LedgerUnavailableError(str(error)) from error


class Scripts:
    """The scripts by name; the server is asked for nothing before the first run."""

    def __init__(self, client: redis.Redis) -> None:
        self._scripts = {name: client.register_script(_read(name)) for name in _BEFORE}

    # What a script takes and returns depends on the script; each caller knows its own.
    def run(self, name: str, /, **args: Any) -> Any:
        """Return what the script returns; it finds the arguments by their names."""
        flat = [each for pair in args.items() for each in pair]
        with translated_errors():
            return self._scripts[name](args=flat)


@functools.cache
def _read(name: str) -> str:
    bounds = json.dumps({name: list(each) for name, each in HISTOGRAM_BOUNDS.items()})
    flags = "" if name in _TAKES_NEW_WORK else ALLOW_FULL_MEMORY
    parts = [f"{flags}local BOUNDS = cjson.decode('{bounds}')\n"]
    for each in ("common", *_BEFORE[name], name):
        file = resources.files(__package__).joinpath("lua", f"{each}.lua")
        parts.append(file.read_text())
    return "\n".join(parts)
