"""Runs the ledger's Lua: each script is one atomic step by the server's clock."""

import contextlib
import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import redis

from app.contract.ports import LedgerUnavailableError
from app.stores.ledger.rules import HISTOGRAM_BOUNDS

#: What stands before a script, besides `common`.
_BEFORE: dict[str, tuple[str, ...]] = {
    "abandon_restoring": ("common", "whole"),
    "begin_restoring": ("common", "whole"),
    "claim": ("common", "whole"),
    "drop": ("common", "whole"),
    "delete": ("common", "forget"),
    "finish_restoring": ("common", "whole"),
    "go_on": ("common", "whole"),
    "is_whole": ("common", "whole"),
    "look": ("common", "whole"),
    "remember": ("common", "whole"),
    "restore": ("common", "whole"),
    "restore_batch": ("common", "whole"),
    "sweep": ("common", "whole", "forget"),
    "unneeded": ("common", "whole"),
    "wipe": ("common", "whole"),
}
_NAMES = (
    "abandon_restoring",
    "beat",
    "begin_restoring",
    "check",
    "claim",
    "create",
    "delete",
    "drop",
    "finish",
    "finish_restoring",
    "go_on",
    "is_whole",
    "look",
    "note_checkpoint",
    "note_preview",
    "note_resumed",
    "note_written",
    "previews",
    "reap",
    "record_reused",
    "remember",
    "request_cancel",
    "request_finish",
    "restore",
    "restore_batch",
    "sweep",
    "unneeded",
    "wipe",
)

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
        self._scripts = {name: client.register_script(_read(name)) for name in _NAMES}

    # What a script takes and returns depends on the script; each caller knows its own.
    def run(self, name: str, *args: Any) -> Any:
        """Return what the script returns."""
        with translated_errors():
            return self._scripts[name](args=args)


def _read(name: str) -> str:
    bounds = json.dumps({name: list(each) for name, each in HISTOGRAM_BOUNDS.items()})
    flags = "" if name in _TAKES_NEW_WORK else ALLOW_FULL_MEMORY
    parts = [f"{flags}local BOUNDS = cjson.decode('{bounds}')\n"]
    for each in (*_BEFORE.get(name, ("common",)), name):
        file = resources.files(__package__).joinpath("lua", f"{each}.lua")
        parts.append(file.read_text())
    return "\n".join(parts)
