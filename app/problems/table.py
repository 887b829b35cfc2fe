"""What each code means, its status, and who should act: one table for all of HTTP."""

from app.problems.codes import ProblemCode
from app.problems.kinds import (
    clouds,
    jobs,
    pictures,
    requests,
    service,
    submissions,
    uploads,
    videos,
)
from app.problems.kinds.kind import ProblemKind

PROBLEMS: dict[ProblemCode, ProblemKind] = {
    **requests.KINDS,
    **pictures.KINDS,
    **videos.KINDS,
    **clouds.KINDS,
    **submissions.KINDS,
    **jobs.KINDS,
    **uploads.KINDS,
    **service.KINDS,
}
