"""What services of wire version 3 have written, and what they answered; see its README.

The ledger's part can be put into a Valkey.
"""

import base64
import json
from pathlib import Path
from typing import Any

import redis

from app.contract.ports import BlobStore

_FOLDER = Path(__file__).parent / "records_v3"


def _read(name: str) -> Any:
    return json.loads((_FOLDER / f"{name}.json").read_text())


NAMES: dict[str, str] = _read("names")["names"]
#: Seconds since 1970 when the records were taken.
TAKEN_AT: float = _read("names")["at"]
LEDGER: dict[str, dict[str, Any]] = _read("ledger")
BLOBS: dict[str, dict[str, Any]] = _read("blobs")
ANSWERS: dict[str, dict[str, Any]] = _read("answers")
JOBS = [name for name in NAMES if name != "batch"]


def hash_of(name: str) -> dict[str, str]:
    """Return the ledger's hash of a job."""
    fields: dict[str, str] = LEDGER[f"impasto:job:{NAMES[name]}"]["value"]
    return fields


def content_of(key: str) -> bytes:
    """Return a file of the blob store."""
    blob = BLOBS[key]
    if "json" in blob:
        return json.dumps(blob["json"]).encode()
    return base64.b64decode(blob["base64"])


def restore_blobs(blobs: BlobStore) -> None:
    """Put every file where it was."""
    for key in BLOBS:
        blobs.put(key, content_of(key))


# Any: redis-py's types do not tell texts from bytes.
def restore_ledger(client: Any) -> None:
    """Put everything back that was in Redis; it is whole for this server."""
    for key, entry in LEDGER.items():
        _WRITERS[entry["type"]](client, key, entry["value"])
    client.set("impasto:generation", client.info("server")["run_id"])


def _write_stream(client: redis.Redis, key: str, entries: list[Any]) -> None:
    for entry_id, fields in entries:
        client.xadd(key, fields, id=entry_id)


_WRITERS: dict[str, Any] = {
    "string": lambda client, key, value: client.set(key, value),
    "hash": lambda client, key, value: client.hset(key, mapping=value),
    "list": lambda client, key, value: client.rpush(key, *value),
    "set": lambda client, key, value: client.sadd(key, *value),
    "zset": lambda client, key, value: client.zadd(key, dict(value)),
    "stream": _write_stream,
}
