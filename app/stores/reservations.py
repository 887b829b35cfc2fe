"""Idempotency keys in Redis: each is one `SET NX`, so that the first one wins."""

import hashlib
import json
import secrets
from typing import Any

import redis

from app.contract.ports import (
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    LedgerIncompleteError,
)
from app.stores.ledger import keys
from app.stores.ledger.scripts import Scripts, translated_errors

#: A key is remembered so long.
KEPT_S = 24 * 3600

#: Deletes only one's own reservation: it may have run out and be another's now.
_END = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
#: Likewise.
_RENEW = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] "
    "then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end"
)


class RedisReservations:
    """Implements the `Reservations` port."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: redis-py's types do not tell texts from bytes; ours decodes answers.
        self._redis: Any = client
        self._end = client.register_script(_END)
        self._renew = client.register_script(_RENEW)
        self._scripts = Scripts(client)

    def begin(self, owner: str | None, key: str, patience_s: float) -> str:
        token = secrets.token_hex(8)
        name = _name(owner, key) + ":under-way"
        with translated_errors():
            if not self._redis.set(name, token, nx=True, px=int(patience_s * 1000)):
                raise IdempotencyInProgressError(key)
        return token

    def renew(self, owner: str | None, key: str, token: str, patience_s: float) -> None:
        name, patience_ms = _name(owner, key) + ":under-way", int(patience_s * 1000)
        with translated_errors():
            self._renew(keys=[name], args=[token, patience_ms])

    def end(self, owner: str | None, key: str, token: str) -> None:
        with translated_errors():
            self._end(keys=[_name(owner, key) + ":under-way"], args=[token])

    def remember(
        self, owner: str | None, key: str, fingerprint: str, resource_id: str
    ) -> str:
        name = _name(owner, key)
        mine = json.dumps([fingerprint, resource_id])
        code, theirs = self._scripts.run(
            "remember", name=name, value=mine, kept_s=KEPT_S
        )
        if code < 0:
            raise LedgerIncompleteError
        if code:
            return resource_id
        their_fingerprint, their_id = json.loads(theirs)
        if their_fingerprint != fingerprint:
            raise IdempotencyKeyReusedError(key)
        return str(their_id)

    def restore(
        self,
        owner: str | None,
        key: str,
        fingerprint: str,
        resource_id: str,
        kept_s: float,
    ) -> None:
        mine = json.dumps([fingerprint, resource_id])
        milliseconds = max(1, int(kept_s * 1000))
        with translated_errors():
            self._redis.set(_name(owner, key), mine, nx=True, px=milliseconds)


def _name(owner: str | None, key: str) -> str:
    """Return where a key stands; hashed, for it is a stranger's text."""
    digest = hashlib.sha256(f"{owner or ''}\n{key}".encode()).hexdigest()
    return keys.IDEMPOTENCY + digest
