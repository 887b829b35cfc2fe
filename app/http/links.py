"""The absolute URLs that this client reaches a job by."""

from dataclasses import dataclass

from starlette.types import Scope

from app.http.origins import origin_of


@dataclass(frozen=True)
class Links:
    """Makes URLs below one origin."""

    origin: str

    def job(self, job_id: str, suffix: str = "") -> str:
        """Return the URL of the job, or of `/result` and the like below it."""
        return f"{self.origin}/v1/jobs/{job_id}{suffix}"


def links_of(scope: Scope) -> Links:
    """Return what makes the URLs for the client of this request."""
    return Links(origin_of(scope))
