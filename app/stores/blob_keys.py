"""What a blob's key looks like; every store holds its callers to it.

It knows no store: a key must mean the same in a directory and in a bucket.
"""

import re

#: Lower-case path segments without a leading dot: no key can leave its store's root,
#: and what a store keeps for itself may begin with a dot.
SEGMENTS = r"[a-z0-9_][a-z0-9_.\-]*(?:/[a-z0-9_][a-z0-9_.\-]*)*"
_KEY = re.compile(SEGMENTS)


def is_blob_key(text: str) -> bool:
    """Tell whether a blob may be stored under this."""
    return _KEY.fullmatch(text) is not None


def sound_key(key: str) -> str:
    """Return the key, or raise ValueError: a mistake of ours, not of a client."""
    if not is_blob_key(key):
        raise ValueError(f"not a blob key: {key!r}")
    return key
