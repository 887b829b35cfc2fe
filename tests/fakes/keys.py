"""API keys in a dictionary."""

from app.contract.keys import ApiKey, Scope
from app.stores.keys.hashes import draw_key, find_key, hash_of


class MemoryKeyRing:
    """Implements the `KeyRing` port; nobody needs a key before one is added."""

    def __init__(self) -> None:
        self.keys: dict[str, ApiKey] = {}

    # Any field of a record may be given.
    def add(self, *scopes: Scope, **fields: int | str) -> tuple[ApiKey, str]:
        """Add a key and return it with its record."""
        token = draw_key()
        sha256 = hash_of(token)
        record = {"name": "test", **fields, "sha256": sha256, "scopes": scopes}
        key = ApiKey.model_validate({"id": f"key_{sha256[:8]}", **record})
        self.keys[key.id] = key
        return key, token

    def is_on(self) -> bool:
        """Tell whether a key is needed."""
        return bool(self.keys)

    def find(self, token: str) -> ApiKey | None:
        """Return the key that `token` is, unless it is revoked."""
        return find_key(self.keys.values(), token)

    def get(self, key_id: str) -> ApiKey | None:
        """Return the key of this id, unless it is revoked."""
        found = self.keys.get(key_id)
        return None if found is None or found.revoked_at is not None else found
