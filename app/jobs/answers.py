"""How a job is answered: its JSON, its validator, and when to ask again."""

from starlette.responses import Response

from app.contract.jobs import Job
from app.contract.views import JobView
from app.http.links import Links
from app.jobs.fetch import retry_after_s

JSON = "application/json"
#: Clients may keep an answer, but must ask whether it is still right.
REVALIDATE = {"Cache-Control": "private, no-cache"}


def job_headers(job: Job) -> dict[str, str]:
    """Return the headers that belong to a job's present state."""
    headers = {**REVALIDATE, "ETag": f'W/"{job.revision}"'}
    if (pause_s := retry_after_s(job)) is not None:
        headers["Retry-After"] = str(pause_s)
    return headers


def job_response(job: Job, links: Links, status: int = 200) -> Response:
    """Return the answer that shows a job."""
    content = JobView.of(job, links).model_dump_json(by_alias=True)
    return Response(content, status, job_headers(job), JSON)
