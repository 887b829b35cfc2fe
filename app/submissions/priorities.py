"""How soon a job shall be served: what may be said, and who may say it."""

from pydantic import JsonValue

from app.contract.priorities import Priority
from app.http.access.callers import JOBS_HIGH, Caller, require_scope
from app.problems import refuse
from app.submissions.fields import PRIORITY


def priority_of(value: JsonValue) -> Priority:
    """Return the priority that was sent; the usual one for null.

    Raises:
        ProblemError: There is no such priority.
    """
    if value is None:
        return Priority.NORMAL
    words = [str(each) for each in Priority]
    if value not in words:
        detail = f"{PRIORITY} must be one of {', '.join(words)}."
        said = value if isinstance(value, str) else None
        raise refuse(f"/{PRIORITY}", detail, limit=[*words], actual=said)
    return Priority(value)


def require_right(caller: Caller, priority: Priority) -> None:
    """Refuse high priority to a key that may not ask for it: others would wait.

    Raises:
        ProblemError: The key lacks the scope.
    """
    if priority is Priority.HIGH:
        require_scope(caller, JOBS_HIGH)
