"""Everything that can go wrong over HTTP, in one table.

The table drives the answers, the `responses` of the OpenAPI document and the pages
under `/problems/`. It knows no framework: `app.http.answers.problem_responses` turns it
into responses.
"""

from app.problems.codes import ProblemCode
from app.problems.errors import (
    MEDIA_TYPE,
    RETRY_AFTER_S,
    FieldError,
    Problem,
    ProblemError,
)
from app.problems.kinds.kind import ProblemKind
from app.problems.refusing import refuse, too_large
from app.problems.table import PROBLEMS

__all__ = [
    "MEDIA_TYPE",
    "PROBLEMS",
    "RETRY_AFTER_S",
    "FieldError",
    "Problem",
    "ProblemCode",
    "ProblemError",
    "ProblemKind",
    "refuse",
    "too_large",
]
