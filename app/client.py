"""A client of the HTTP API: what `impasto submit` uses, and what a program may use.

It knows the contract of the API only; the service may be on another machine.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

#: JSON as the API sends it; its shape is in the OpenAPI document.
JobJson = dict[str, Any]

_FINAL = frozenset({"succeeded", "failed", "canceled"})
_POLL_INTERVAL_S = 0.5

#: So long a service may be away (restarting, say) before waiting for a job gives up.
_AWAY_S = 60.0


#: A part that is there and empty: this painting has no mask.
_NONE = ("", b"")


class ClientError(Exception):
    """The service refused or failed; the message is for a person."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class ImpastoClient:
    """Talks to one service; use it in a `with` block."""

    def __init__(
        self, base_url: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Open nothing yet; `transport` replaces the network in tests."""
        self._http = httpx.Client(
            base_url=base_url,
            timeout=httpx.Timeout(60.0, connect=5.0),
            transport=transport,
            # Whatever proxy the environment names: it does not lead to this machine.
            trust_env=not _is_local(base_url),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def submit(
        self,
        content: Path,
        styles: Sequence[Path],
        parameters: Mapping[str, object],
        *,
        masks: Sequence[Path | None] = (),
        style_masks: Sequence[Path | None] = (),
        init: Path | None = None,
    ) -> JobJson:
        """Upload the pictures and return the accepted job.

        Args:
            content: The photograph.
            styles: The paintings.
            parameters: By the names of a job's `params`; None is left out.
            masks: The k-th says where on the photograph the k-th painting goes.
            style_masks: The k-th says which part of the k-th painting counts.
            init: The picture to start from.

        Raises:
            ClientError: A file cannot be read, or the service refuses.
        """
        fields = {
            name: _text(value)
            for name, value in parameters.items()
            if value is not None
        }
        parts = [("content", content), *(("style", each) for each in styles)]
        files = [(name, _upload(path)) for name, path in parts]
        for name, paths in (("mask", masks), ("style_mask", style_masks)):
            files += [(name, _upload(path) if path else _NONE) for path in paths]
        if init is not None:
            files.append(("init", _upload(init)))
        return self._json("POST", "/v1/jobs", data=fields, files=files)

    def is_ready(self) -> bool:
        """Tell whether the service can take a job and has a worker for it."""
        try:
            self._request("GET", "/readyz")
        except ClientError:
            return False
        return True

    def job(self, job_id: str) -> JobJson:
        """Return the job as it is now."""
        return self._json("GET", f"/v1/jobs/{job_id}")

    def cancel(self, job_id: str) -> JobJson:
        """Ask for the job's end and return it."""
        return self._json("POST", f"/v1/jobs/{job_id}/cancel")

    def watch(self, job_id: str) -> Iterator[JobJson]:
        """Yield the job at every change, the last time in its final state.

        A service that is away for a moment is asked again.
        """
        revision = None
        answered_s = time.monotonic()
        while True:
            try:
                job = self.job(job_id)
            except _AwayError:
                if time.monotonic() - answered_s > _AWAY_S:
                    raise
                time.sleep(_POLL_INTERVAL_S)
                continue
            answered_s = time.monotonic()
            if job["revision"] != revision:
                revision = job["revision"]
                yield job
            if job["status"] in _FINAL:
                return
            time.sleep(_POLL_INTERVAL_S)

    def result(self, job_id: str) -> bytes:
        """Return the finished picture's file."""
        return self._request("GET", f"/v1/jobs/{job_id}/result").content

    # httpx's request takes a dozen optional arguments; they are passed on untouched.
    def _json(self, method: str, path: str, **request: Any) -> JobJson:
        answer: JobJson = self._request(method, path, **request).json()
        return answer

    def _request(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **request)
        except httpx.TransportError as error:
            raise _AwayError(
                f"no service answers at {self._http.base_url}: {error}"
            ) from error
        if response.is_success:
            return response
        refusal = _refusal(response)
        if response.status_code in {502, 503, 504}:
            raise _AwayError(str(refusal), refusal.code)
        raise refusal


class _AwayError(ClientError):
    """Nobody answers, or not now."""


def _is_local(base_url: str) -> bool:
    return httpx.URL(base_url).host in {"localhost", "127.0.0.1", "::1"}


def _text(value: object) -> str:
    """Return a parameter as a form's text: JSON for what is no word."""
    return value if isinstance(value, str) else json.dumps(value)


def _upload(path: Path) -> tuple[str, bytes]:
    """Return what httpx sends; the file's name stays at home."""
    try:
        return ("picture", path.read_bytes())
    except OSError as error:
        raise ClientError(f"cannot read {path}: {error.strerror}") from error


def _refusal(response: httpx.Response) -> ClientError:
    """Put an RFC 9457 problem into words."""
    try:
        problem = response.json()
        lines = [str(problem.get("detail") or problem["title"])]
        errors = problem.get("errors") or []
        lines += [f"  {each['field']}: {each['message']}" for each in errors]
        return ClientError("\n".join(lines), problem.get("code"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ClientError(f"the service answered {response.status_code}")
