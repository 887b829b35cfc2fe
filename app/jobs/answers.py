"""How a job is answered: its JSON, its validator, and when to ask again."""

from starlette.responses import Response

from app.contract.jobs import Job
from app.contract.kind import Kinds
from app.contract.views.job_parts import QueueView
from app.contract.views.jobs import JobView
from app.http.access.links import Links
from app.http.answers.rendered import RenderedAnswer
from app.jobs.fetch import retry_after_s
from app.jobs.job_cache import JobSnapshot

JSON = "application/json"
#: Clients may keep an answer, but must ask whether it is still right.
REVALIDATE = {"Cache-Control": "private, no-cache"}


def job_headers(job: Job) -> dict[str, str]:
    """Return the headers that belong to a job's present state."""
    headers = {**REVALIDATE, "ETag": f'W/"{job.revision}"'}
    if (pause_s := retry_after_s(job)) is not None:
        headers["Retry-After"] = str(pause_s)
    return headers


def job_json(
    job: Job, links: Links, kinds: Kinds, queue: QueueView | None = None
) -> str:
    """Return the view of a job, as text; see `JobView.of`."""
    return JobView.of(job, links, kinds, queue).model_dump_json(by_alias=True)


def job_response(
    job: Job,
    links: Links,
    kinds: Kinds,
    status: int = 200,
    queue: QueueView | None = None,
) -> Response:
    """Return the answer that shows a job."""
    text = job_json(job, links, kinds, queue)
    return Response(text, status, job_headers(job), JSON)


def answer_of(snapshot: JobSnapshot, links: Links, kinds: Kinds) -> RenderedAnswer:
    """Return the answer that shows a job; the same one to all who have such links."""

    def render(job: Job) -> RenderedAnswer:
        text = job_json(job, links, kinds, snapshot.queue)
        return RenderedAnswer(text.encode(), job_headers(job), JSON)

    # The job's own URL holds all in which links differ: the origin and a token.
    return snapshot.form(links.job(snapshot.job.id), render)
