"""What the resident engine remembers of styles between jobs: a few, the latest used."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from .losses import StyleTarget

StyleTargets = dict[str, StyleTarget]


class StyleCache:
    """Style statistics by key; the least recently used makes room.

    Args:
        capacity: entries kept; one is about 6 MB (a style at one scale).
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[Hashable, StyleTargets] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, compute: Callable[[], StyleTargets]) -> StyleTargets:
        """Return the entry, computed if it is not there."""
        if key not in self._entries:
            self._entries[key] = compute()
        self._entries.move_to_end(key)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
        return self._entries[key]
