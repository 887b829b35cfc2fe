"""Who is served next, in memory: the same fair queueing as in `common.lua`.

Self-clocked fair queueing (Golestani 1994), one flow an owner; what each step means is
said there. Knows ids, owners and charges, no jobs.
"""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What the queue must know of a job.

    Attributes:
        job_id: of the job.
        owner: whose share of the workers it uses up.
        rank: of the jobs of one owner the lowest is first.
        created_s: then the oldest; seconds since 1970.
        charge: what it counts, above 0.
    """

    job_id: str
    owner: str | None
    rank: int
    created_s: float
    charge: int


class FairQueue:
    """The jobs that wait, and the tags of those that were served."""

    def __init__(self) -> None:
        self._tags: dict[str, float] = {}
        self._served: dict[str, float] = {}
        #: Those that wait and have not been served before.
        self._tickets: dict[str, Ticket] = {}
        self._lines: dict[str | None, list[Ticket]] = {}
        self._virtual_time = 0
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._tags)

    def order(self) -> list[str]:
        """Return the waiting jobs, the next one first."""
        return sorted(self._tags, key=self._tags.__getitem__)

    def enqueue(self, ticket: Ticket, *, is_idle: bool) -> None:
        """Let a job wait: for the first time, or again in its old place.

        Args:
            ticket: of the job; one that waits already stays where it is.
            is_idle: whether no job runs.
        """
        if ticket.job_id in self._tags:
            return
        if ticket.job_id in self._served:
            self._tags[ticket.job_id] = self._served[ticket.job_id]
            return
        if is_idle and not self._tags:
            self._virtual_time = self._arrivals = 0
        self._arrivals += 1
        line = self._lines.setdefault(ticket.owner, [])
        bisect.insort(line, ticket, key=_place_of)
        self._tickets[ticket.job_id] = ticket
        index = line.index(ticket)
        self._shift(line[index + 1 :], ticket.charge)
        tag = self._start_of(line, index) + ticket.charge
        self._tags[ticket.job_id] = tag + self._arrivals % 2**20 / 2**20

    def dequeue(self, job_id: str) -> None:
        """Let a job wait no longer, because it ends: those behind it move up."""
        self._tags.pop(job_id, None)
        self._served.pop(job_id, None)
        if job_id not in self._tickets:
            return
        line = self._lines[self._tickets[job_id].owner]
        index = self._leave(job_id)
        if behind := line[index:]:
            tag = self._start_of(line, index) + behind[0].charge
            old_tag = math.floor(self._tags[behind[0].job_id])
            self._shift(behind, min(0, tag - old_tag))

    def serve(self, job_id: str) -> None:
        """Let a job wait no longer, because a worker takes it."""
        tag = self._tags.pop(job_id, None)
        if tag is not None:
            self._virtual_time = max(self._virtual_time, math.floor(tag))
            self._served[job_id] = tag
        if job_id in self._tickets:
            self._leave(job_id)

    def _start_of(self, line: Sequence[Ticket], index: int) -> int:
        """Return when the turn of the `index`-th in a line begins."""
        if index == 0:
            return self._virtual_time
        return math.floor(self._tags[line[index - 1].job_id])

    def _shift(self, tickets: Sequence[Ticket], by: int) -> None:
        for ticket in tickets:
            self._tags[ticket.job_id] += by

    def _leave(self, job_id: str) -> int:
        """Take a job out of its line; return which place it had."""
        ticket = self._tickets.pop(job_id)
        line = self._lines[ticket.owner]
        index = line.index(ticket)
        del line[index]
        if not line:
            del self._lines[ticket.owner]
        return index


def _place_of(ticket: Ticket) -> tuple[int, float, str]:
    """Return what decides between the jobs of one owner."""
    return ticket.rank, ticket.created_s, ticket.job_id
