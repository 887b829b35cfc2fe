"""Changes of a running job that are known before: each comes at a step.

Knows no option: a change is some values by name.
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class Scheduled(NamedTuple, Generic[Value]):
    """Changes that come when so many steps are taken, over all scales.

    Attributes:
        at_step: the number of those steps.
        changes: options by name.
        is_repeated: whether they were asked for in an earlier run of the same job: a
            newer change takes what is left of them with it, so that none that is
            older comes after it.
    """

    at_step: int
    changes: Mapping[str, Value]
    is_repeated: bool = False


class Schedule(Generic[Value]):
    """What is still to come; what is returned is taken out, and the latest counts.

    Args:
        changes: of one step the older come first.
    """

    def __init__(self, changes: Iterable[Scheduled[Value]] = ()) -> None:
        self._left = sorted(changes, key=lambda each: each.at_step)

    def until(self, step: int) -> dict[str, Value]:
        """Return what comes until so many steps are taken, this one's changes too."""
        return self._taken(lambda each: each.at_step <= step)

    def before(self, step: int) -> dict[str, Value]:
        """Return what comes until then, without those."""
        return self._taken(lambda each: each.at_step < step)

    def repeated(self) -> dict[str, Value]:
        """Return what is left of an earlier run's changes."""
        return self._taken(lambda each: each.is_repeated)

    def due(self, step: int) -> Iterator[Mapping[str, Value]]:
        """Yield the changes until then; they stay."""
        return (each.changes for each in self._left if each.at_step <= step)

    def _taken(self, is_due: Callable[[Scheduled[Value]], bool]) -> dict[str, Value]:
        due = [each.changes for each in self._left if is_due(each)]
        self._left = [each for each in self._left if not is_due(each)]
        return dict(ChainMap(*map(dict, reversed(due))))
