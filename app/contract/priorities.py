"""Which of the waiting jobs matter more, and what each one counts in the queue.

Says nothing about pictures: two jobs that differ in priority alone make the same one.
"""

from enum import StrEnum


class Priority(StrEnum):
    """How soon a job is served, and what share of the workers it asks for."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Of the jobs of one owner those of the lowest rank are served first."""
        return _RANKS[self]

    @property
    def charge_per_work(self) -> int:
        """What a unit of work counts: owners have equal shares of what is counted.

        So an owner's jobs of high priority get four times the work of another's
        normal ones, and normal ones four times that of low ones.
        """
        return _CHARGES[self]


_RANKS = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}
_CHARGES = {Priority.HIGH: 1, Priority.NORMAL: 4, Priority.LOW: 16}
