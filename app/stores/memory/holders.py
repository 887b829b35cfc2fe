"""Which jobs need which blobs, and until when: the twin of the scripts' `hold`."""

from collections import defaultdict


class Holders:
    """A blob is kept as long as any job needs it."""

    def __init__(self) -> None:
        self._until_s: dict[str, dict[str, float]] = defaultdict(dict)

    def hold(self, blob: str, job_id: str, until_s: float) -> None:
        """Note until when a job needs a blob."""
        self._until_s[blob][job_id] = until_s

    def is_held(self, blob: str) -> bool:
        """Tell whether a job needs a blob, or `take_due` will name it."""
        return blob in self._until_s

    def release(self, blob: str, job_id: str) -> None:
        """Note that a job needs a blob no more, unless it was named before."""
        if blob in self._until_s:
            self._until_s[blob].pop(job_id, None)

    def leave(self, job_id: str) -> None:
        """Forget a job; of blobs that only it needed nothing is known any more."""
        for blob, holders in list(self._until_s.items()):
            if holders.pop(job_id, None) is not None and not holders:
                del self._until_s[blob]

    def take_due(self, now_s: float) -> list[str]:
        """Return the blobs that nobody needs since `now_s`, and forget them."""
        ends_s = {
            blob: max(holders.values(), default=0.0)
            for blob, holders in self._until_s.items()
        }
        due = [blob for blob, end_s in ends_s.items() if end_s <= now_s]
        for blob in due:
            del self._until_s[blob]
        return sorted(due, key=ends_s.__getitem__)
