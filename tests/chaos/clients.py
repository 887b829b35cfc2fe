"""Clients of good will: they submit with a key, follow, change their minds, and retry.

A connection that breaks, a 429 and a 503 mean "again"; a 202 obliges the service. What
no client should see (a 500, a 404 for an accepted job) is noted on the order.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpx

from tests.chaos.steering import FINAL, Steering
from tests.chaos.submissions import Submission, Verb

_STEERING = frozenset({Verb.PAUSE, Verb.CONTROL, Verb.BRANCH})
_RETRY = frozenset({429, 503})
_PAUSE_S = 0.15


class GaveUpError(Exception):
    """Time is over and the order is not settled; the message says what came last."""


@dataclass
class Client:
    """Takes orders from a shared list, one after the other, until none is left."""

    url: str
    hook_url: str
    submissions: Iterable[Submission]
    end_s: float
    pause_s: Callable[[], float]

    def work(self) -> None:
        """Bring every order to its end."""
        with httpx.Client(base_url=self.url, timeout=10) as http:
            for submission in self.submissions:
                time.sleep(self.pause_s())
                try:
                    self._serve(http, submission)
                except GaveUpError as error:
                    submission.strange.append(f"gave up: {error}")

    def _serve(self, http: httpx.Client, submission: Submission) -> None:
        submission.job_id = self._submit(http, submission)
        path = f"/v1/jobs/{submission.job_id}"
        if submission.verb in {Verb.CANCEL, Verb.FINISH}:
            self._change_mind(http, submission, path)
        if submission.verb in _STEERING:
            Steering(http, submission, path, self._again).act()
        if submission.verb is Verb.DELETE:
            while self._status(http, submission, path) not in FINAL:
                time.sleep(_PAUSE_S)
            self._delete(http, submission, path)

    def _submit(self, http: httpx.Client, submission: Submission) -> str:
        data = dict(submission.variant.fields)
        if submission.has_webhook:
            data["webhook"] = f'{{"url": "{self.hook_url}"}}'
        headers = {"Idempotency-Key": submission.key}
        if not submission.may_reuse:
            headers["Cache-Control"] = "no-cache"

        def send() -> httpx.Response:
            files = {
                "content": submission.variant.content,
                "style": submission.variant.style,
            }
            return http.post("/v1/jobs", data=data, files=files, headers=headers)

        answer = self._again(send, submission, also={409})
        if answer.status_code not in {200, 202}:
            raise GaveUpError(f"submission: {answer.status_code} {answer.text[:300]}")
        return str(answer.json()["id"])

    def _change_mind(
        self, http: httpx.Client, submission: Submission, path: str
    ) -> None:
        """Cancel or finish; an answer that it came too late is fine."""
        if submission.verb is Verb.CANCEL:
            submission.cancel_asked = True
        else:
            submission.finish_asked = True
        answer = self._again(lambda: http.post(f"{path}/{submission.verb}"), submission)
        if answer.status_code not in {200, 202, 409}:
            submission.strange.append(
                f"{submission.verb}: {answer.status_code} {answer.text[:200]}"
            )

    def _delete(self, http: httpx.Client, submission: Submission, path: str) -> None:
        answer = self._again(lambda: http.delete(path), submission)
        # An earlier try may have deleted it before its answer was lost.
        if answer.status_code in {204, 404}:
            submission.deleted = True
        else:
            submission.strange.append(
                f"delete: {answer.status_code} {answer.text[:200]}"
            )

    def _status(self, http: httpx.Client, submission: Submission, path: str) -> str:
        answer = self._again(lambda: http.get(path), submission)
        if answer.status_code != 200:
            raise GaveUpError(f"{path}: {answer.status_code} {answer.text[:200]}")
        return str(answer.json()["status"])

    def _again(
        self,
        send: Callable[[], httpx.Response],
        submission: Submission,
        also: Iterable[int] = (),
    ) -> httpx.Response:
        """Send until there is an answer that will not change."""
        last = "nothing"
        while time.monotonic() < self.end_s:
            try:
                answer = send()
            except httpx.TransportError as error:
                last = repr(error)
            else:
                last = f"{answer.status_code} {answer.text[:200]}"
                if answer.status_code == 500:
                    submission.strange.append(f"500: {answer.text[:300]}")
                elif not _means_again(answer, also):
                    return answer
            time.sleep(_PAUSE_S)
        raise GaveUpError(f"no answer but {last}")


def _means_again(answer: httpx.Response, also: Iterable[int]) -> bool:
    if answer.status_code in _RETRY:
        return True
    in_progress = answer.status_code in set(also)
    return in_progress and answer.json().get("code") == "idempotency_in_progress"


def start_clients(clients: Iterable[Client]) -> list[threading.Thread]:
    """Start a thread for each client."""
    threads = [threading.Thread(target=client.work, daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    return threads
