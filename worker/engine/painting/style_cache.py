"""What the resident engine remembers of styles between jobs: a few, the latest used."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping

from torch import Tensor

from worker.engine.losses.distances import StyleTarget

StyleTargets = Mapping[str, StyleTarget]

#: A style takes 4 to 8 MB at one scale: about forty of these.
DEFAULT_BYTES = 256 * 2**20


class StyleCache:
    """Style statistics by key; the least recently used make room.

    Args:
        capacity_bytes: of all tensors kept; nothing is kept with 0.
    """

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._entries: OrderedDict[Hashable, StyleTargets] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """Of all tensors kept."""
        return sum(_size_bytes(entry) for entry in self._entries.values())

    def get(self, key: Hashable, compute: Callable[[], StyleTargets]) -> StyleTargets:
        """Return the entry, computed if it is not there."""
        if key not in self._entries:
            self._entries[key] = compute()
        self._entries.move_to_end(key)
        entry = self._entries[key]
        while self._entries and self.size_bytes > self._capacity_bytes:
            self._entries.popitem(last=False)
        return entry


def _size_bytes(entry: StyleTargets) -> int:
    return sum(
        tensor.nbytes for target in entry.values() for tensor in _tensors(target)
    )


def _tensors(target: StyleTarget) -> list[Tensor]:
    found = [target.moments.mean, target.moments.second]
    found += [tensor for each in target.strokes for tensor in each.tensors()]
    return found if target.root is None else [*found, target.root]
