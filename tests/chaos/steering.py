"""What a client does who leans in: pause and resume, change, branch.

A pause and a branch without changes must not be seen in the picture: it is audited like
any other. Of changes it is audited that each was applied once at most, in their order.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import httpx

from tests.chaos.submissions import Submission, Verb

FINAL = frozenset({"succeeded", "failed", "canceled"})
_PAUSE_S = 0.15
#: What is asked for, one after the other.
_STRENGTHS = (0.7, 0.4, 0.8)
#: Sends until there is an answer that will not change.
Again = Callable[[Callable[[], httpx.Response], Submission], httpx.Response]


@dataclass(frozen=True)
class Steering:
    """Of one job."""

    http: httpx.Client
    submission: Submission
    path: str
    again: Again

    def act(self) -> None:
        """Do what the order's verb says, wherever the job stands."""
        verb = self.submission.verb
        if verb is Verb.PAUSE:
            self._pause_and_resume()
        elif verb is Verb.CONTROL:
            self._control()
        else:
            self._branch()

    def _pause_and_resume(self) -> None:
        self._wait_until(lambda job: job["progress"])
        self._post("pause", also=(409,))
        self._wait_until(lambda job: job["paused_at"])
        # The answer to the first may be lost: then it is not paused any more.
        self._post("resume", also=(409,))

    def _control(self) -> None:
        self._wait_until(lambda job: job["progress"])
        for strength in _STRENGTHS:
            self._send(partial(self._ask, strength), (409,))
            time.sleep(_PAUSE_S)

    def _ask(self, strength: float) -> httpx.Response:
        # Noted before: the answer may be lost, and then it is sent again.
        self.submission.controls_sent.append(strength)
        url = f"{self.path}/controls"
        return self.http.patch(url, json={"style_strength": strength})

    def _branch(self) -> None:
        job = self._wait_until(lambda job: job["state"])
        if job is None or job["status"] in FINAL:
            return
        key = f"{self.submission.key}-branch"
        url, headers = f"{self.path}/branch", {"Idempotency-Key": key}
        # It may have ended meanwhile, or be restored without its state.
        also = (409, 410, 422)
        answer = self._send(lambda: self.http.post(url, headers=headers), also)
        if answer.status_code in {200, 202}:
            branch = Submission(key=key, variant=self.submission.variant)
            branch.job_id = str(answer.json()["id"])
            self.submission.branch = branch

    # A job's JSON is what the service says.
    def _wait_until(self, is_so: Callable[[dict], object]) -> dict | None:  # type: ignore[type-arg]
        """Return the job once it is so or has ended; None if it is gone."""
        while True:
            answer = self.again(lambda: self.http.get(self.path), self.submission)
            if answer.status_code != 200:
                return None
            job: dict[str, object] = answer.json()
            if job["status"] in FINAL or is_so(job):
                return job
            time.sleep(_PAUSE_S)

    def _post(self, verb: str, also: tuple[int, ...]) -> None:
        self._send(lambda: self.http.post(f"{self.path}/{verb}"), also)

    def _send(
        self, send: Callable[[], httpx.Response], also: tuple[int, ...]
    ) -> httpx.Response:
        answer = self.again(send, self.submission)
        if answer.status_code not in {200, 202, *also}:
            words = f"{self.submission.verb}: {answer.status_code} {answer.text[:200]}"
            self.submission.strange.append(words)
        return answer
