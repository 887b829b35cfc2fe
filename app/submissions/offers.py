"""What this service offers to those who submit a job."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from app.contract.kind import AnyKind, Kinds
from app.problems import ProblemCode, refuse
from app.submissions.fields import Fields, fields_of


def find_kind(
    kinds: Kinds, name: JsonValue, missing: Iterable[AnyKind] = ()
) -> AnyKind:
    """Return a kind that a client has named.

    Args:
        kinds: those that are offered.
        name: as it came.
        missing: those that there are, but not here.

    Raises:
        ProblemError: There is none of this name, or not here.
    """
    known = {kind.name: kind for kind in kinds}
    if isinstance(name, str) and name in known:
        return known[name]
    for each in missing:
        if each.name == name:
            detail = (
                f"This service offers {', '.join(known)}, not {name}. Whoever runs it "
                f"installs impasto[{each.extra}] for the API and its workers, and "
                "leaves IMPASTO_KINDS unset or names it there."
            )
            code = ProblemCode.KIND_UNAVAILABLE
            raise refuse("/kind", detail, code, [*known], name)
    told = str(name)[:100]
    detail = f"There is no kind {told!r} here; there is {', '.join(known)}."
    raise refuse("/kind", detail, ProblemCode.UNKNOWN_KIND, [*known], told)


def require_batches(kinds: Kinds, kind: AnyKind) -> None:
    """Raise ProblemError unless a batch may be of this kind."""
    if kind.batches:
        return
    taken = [each.name for each in kinds if each.batches]
    detail = (
        f"A batch is of {' or '.join(taken) or 'no kind'} here, not of {kind.name}: "
        "send each job by itself."
    )
    code = ProblemCode.KIND_UNAVAILABLE
    raise refuse("/kind", detail, code, [*taken], kind.name)


@dataclass(frozen=True)
class Offer:
    """A kind of job, and those of its networks that this service has.

    A refusal names no network that is not offered.

    Attributes:
        kind: of the job.
        networks: those that it may ask for.
        others: the other kinds that are offered.
        is_default: whether it is the kind of a job that does not say.
        is_batch: whether many jobs are asked for at once.
        withheld: engines that this service does not have.
    """

    kind: AnyKind
    networks: tuple[str, ...]
    others: tuple[AnyKind, ...] = ()
    is_default: bool = True
    is_batch: bool = False
    withheld: frozenset[str] = frozenset()

    @property
    def fields(self) -> Fields:
        """The names of what may be submitted."""
        return fields_of(self.kind, is_batch=self.is_batch)

    @property
    def engines(self) -> list[str]:
        """Those that it may ask for; none where there is but one."""
        return [name for name in self.kind.engines if name not in self.withheld]

    def owner_of(self, field: str) -> str | None:
        """Return another kind that has such a field, by name; None of one of its own.

        That may stand in the wrong place.
        """
        if field in self.fields.known:
            return None
        for kind in self.others:
            fields = fields_of(kind)
            if field in {*fields.known, *fields.members}:
                return str(kind.name)
        return None
