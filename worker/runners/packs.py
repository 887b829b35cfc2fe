"""Reads the packs of jobs, and keeps those that were read last: galleries repeat."""

from collections import OrderedDict
from collections.abc import Callable

from app.contract.inputs import Inputs, input_name
from app.contract.kind import Params
from app.contract.painting.slots import PACK
from worker.engine.feedforward import Pack
from worker.runners.runner import Order

#: Each takes under a megabyte.
_KEPT = 32


class Packs:
    """Packs by their SHA-256, checked whole before they are used."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Pack] = OrderedDict()

    def read(
        self, order: Order[Params], styles: int, check: Callable[[], None]
    ) -> tuple[Pack | None, ...]:
        """Return the pack of each style, None of one that has none.

        Args:
            order: what to make.
            styles: how many it has.
            check: called before each is read.

        Raises:
            PackError: One is damaged.
            StoreError: One cannot be read, or is not stored any more.
        """
        found: list[Pack | None] = []
        for number in range(styles):
            check()
            name = input_name(PACK, number)
            found.append(self._pack(order, name) if name in order.inputs else None)
        return tuple(found)

    def _pack(self, order: Order[Params], name: str) -> Pack:
        sha256 = order.inputs[name].sha256
        if sha256 not in self._kept:
            self._kept[sha256] = Pack.from_bytes(order.read(name))
        self._kept.move_to_end(sha256)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[sha256]


def hashes_of_packs(inputs: Inputs, styles: int) -> tuple[list[str], bool]:
    """Return the packs' SHA-256, each once, and whether a style has none.

    Args:
        inputs: of the job.
        styles: how many it has.
    """
    names = [input_name(PACK, number) for number in range(styles)]
    found = [inputs[name].sha256 for name in names if name in inputs]
    return [*dict.fromkeys(found)], len(found) < styles
