"""API keys: the file that holds them, and rings of keys that can be asked."""

from app.stores.keys.file import KeyFile, UnknownKeyError
from app.stores.keys.rings import FileKeyRing

__all__ = ["FileKeyRing", "KeyFile", "UnknownKeyError"]
