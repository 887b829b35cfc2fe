"""The records of uploads in Redis: small Lua scripts, each atomic, by its clock."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import redis
from pydantic import JsonValue, TypeAdapter

from app.contract.ports import (
    UploadNotFoundError,
    UploadQuotaError,
    UploadTakenOverError,
)
from app.contract.records.wire import part_key
from app.contract.uploads import UPLOAD_TTL_S, Upload, UploadPart
from app.stores.ledger.scripts import ALLOW_FULL_MEMORY, translated_errors

_LEDGER = "app.stores.ledger"
_NAMES = ("create", "look", "append", "hold", "complete", "use", "delete")
#: What may be refused where Redis has no memory left.
_TAKES_NEW_WORK = frozenset({"create", "append"})
_FACTS = TypeAdapter(dict[str, JsonValue])
_REFUSALS: dict[int, type[Exception]] = {
    -1: UploadNotFoundError,
    -2: UploadTakenOverError,
    -3: UploadQuotaError,
}


class RedisUploadRecords:
    """Implements the `UploadRecords` port."""

    def __init__(self, client: redis.Redis) -> None:
        self._scripts = {name: client.register_script(_read(name)) for name in _NAMES}

    def create(
        self, upload_id: str, owner: str | None, media_type: str, writer: str
    ) -> Upload:
        state = self._run(
            "create",
            id=upload_id,
            owner=owner or "",
            media_type=media_type,
            writer=writer,
            ttl_s=UPLOAD_TTL_S,
        )
        return _upload_of(upload_id, state)

    def look(self, upload_id: str, owner: str | None) -> Upload:
        return self.take_over(upload_id, owner, "")

    def take_over(
        self, upload_id: str, owner: str | None, writer: str, offset: int | None = None
    ) -> Upload:
        state = self._run(
            "look",
            id=upload_id,
            owner=owner or "",
            writer=writer,
            offset="" if offset is None else offset,
        )
        if not state:
            raise UploadNotFoundError(upload_id)
        return _upload_of(upload_id, state)

    def append(
        self,
        upload_id: str,
        writer: str,
        parts: Sequence[UploadPart],
        *,
        replaced: UploadPart | None,
        most_bytes: int,
    ) -> None:
        code = self._run(
            "append",
            id=upload_id,
            writer=writer,
            parts=" ".join(f"{each.name}:{each.size_bytes}" for each in parts),
            size_bytes=sum(each.size_bytes for each in parts),
            blob=part_key(upload_id, parts[-1].name),
            replaced="" if replaced is None else part_key(upload_id, replaced.name),
            most_bytes=most_bytes,
        )
        _require(upload_id, code)

    def hold(self, upload_id: str, writer: str, blob: str) -> None:
        _require(upload_id, self._run("hold", id=upload_id, writer=writer, blob=blob))

    def complete(
        self, upload_id: str, writer: str, sha256: str, facts: Mapping[str, JsonValue]
    ) -> Upload:
        code, *state = self._run(
            "complete",
            id=upload_id,
            writer=writer,
            sha256=sha256,
            facts=_FACTS.dump_json(dict(facts)).decode(),
            ttl_s=UPLOAD_TTL_S,
        )
        _require(upload_id, code)
        return _upload_of(upload_id, state[0])

    def use(self, upload_id: str) -> None:
        self._run("use", id=upload_id, ttl_s=UPLOAD_TTL_S)

    def delete(self, upload_id: str) -> None:
        self._run("delete", id=upload_id)

    # What a script returns depends on the script; each caller knows its own.
    def _run(self, name: str, **args: Any) -> Any:
        flat = [each for pair in args.items() for each in pair]
        with translated_errors():
            return self._scripts[name](args=flat)


def _require(upload_id: str, code: int) -> None:
    if code < 0:
        raise _REFUSALS[code](upload_id)


# Any: what Redis answers.
def _upload_of(upload_id: str, state: Any) -> Upload:
    now_s, key_bytes, flat = state
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    pairs = (part.rsplit(":", 1) for part in fields["parts"].split())
    return Upload(
        id=upload_id,
        owner=fields["owner"] or None,
        media_type=fields["media_type"],
        created_at=datetime.fromtimestamp(float(fields["created_at"]), UTC),
        expires_at=datetime.fromtimestamp(float(fields["expires_at"]), UTC),
        parts=tuple(UploadPart(name, int(size)) for name, size in pairs),
        size_bytes=int(fields["size_bytes"]),
        sha256=fields["sha256"] or None,
        facts=_FACTS.validate_json(fields["facts"]),
        is_expired=float(fields["expires_at"]) <= float(now_s),
        key_bytes=key_bytes,
    )


def _read(name: str) -> str:
    files = [(_LEDGER, "common"), (__package__, "common"), (__package__, name)]
    texts = (
        resources.files(package).joinpath("lua", f"{each}.lua").read_text()
        for package, each in files
    )
    flags = "" if name in _TAKES_NEW_WORK else ALLOW_FULL_MEMORY
    return flags + "\n".join(texts)
