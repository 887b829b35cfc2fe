"""Drawing a key, and telling it from others by its hash alone.

A plain SHA-256 is enough: unlike a password, a key has 128 random bits, and nobody can
try them all, however fast the hash.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from app.contract.keys import ALL_SCOPES, KEY_PREFIX, ApiKey


def draw_key() -> str:
    """Return a new key, which nobody can guess."""
    return f"{KEY_PREFIX}{secrets.token_hex(16)}"


def hash_of(token: str) -> str:
    """Return the SHA-256 by which a key is known, in hexadecimal digits."""
    # A header's bytes come as Latin-1, so every token can be encoded.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def environment_key(sha256: str) -> ApiKey:
    """Return the key with every scope that the environment names by its hash."""
    return ApiKey(
        id=f"key_{sha256[:8]}", name="environment", sha256=sha256, scopes=ALL_SCOPES
    )


def find_key(keys: Iterable[ApiKey], token: str) -> ApiKey | None:
    """Return the key that `token` is, unless it is revoked.

    Every key is compared, each in constant time: how long it takes tells nothing about
    how near a guess came, nor which key it was.
    """
    sha256 = hash_of(token)
    found = None
    for key in keys:
        if hmac.compare_digest(key.sha256, sha256):
            found = key
    return None if found is None or found.revoked_at is not None else found
