"""Whether clients were served in turns: from the times at which their jobs began."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """One job: whose it was, when it was accepted and when it began, in seconds."""

    client: int
    created_s: float
    started_s: float


def widest_lead(turns: Sequence[Turn]) -> int:
    """Return by how many jobs any client was ever ahead of another.

    Counted while every client had jobs waiting: from the last one's first submission to
    the first one's last start.
    """
    clients = {turn.client for turn in turns}
    all_there_s = max(
        min(turn.created_s for turn in turns if turn.client == client)
        for client in clients
    )
    first_done_s = min(
        max(turn.started_s for turn in turns if turn.client == client)
        for client in clients
    )
    counts = dict.fromkeys(clients, 0)
    widest = 0
    for turn in sorted(turns, key=lambda each: each.started_s):
        if all_there_s < turn.started_s <= first_done_s:
            counts[turn.client] += 1
            widest = max(widest, max(counts.values()) - min(counts.values()))
    return widest
