"""Holds the service to its promises: each check names what it found, or nothing.

Pure functions of `Evidence`. `test_audit.py` hands them doctored states: a check that
cannot fail proves nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from tests.chaos.evidence import Evidence, JobFacts
from tests.chaos.steering import FINAL
from tests.chaos.submissions import Submission

#: The API's promise (reliability.md), and far above what these jobs need.
_MOST_API_BYTES = 512 * 2**20

Check = Callable[[Evidence], Iterator[str]]


def lost(evidence: Evidence) -> Iterator[str]:
    """Every accepted job is there and in a final state."""
    for submission, job in _accepted(evidence):
        if submission.deleted:
            continue
        if job is None:
            yield f"{submission.job_id} ({submission.key}) was accepted and is gone"
        elif job.status not in FINAL:
            yield f"{job.job_id} ({submission.key}) is still {job.status}"


def unsettled(evidence: Evidence) -> Iterator[str]:
    """Every client got an answer to its submission, and none that is a bug."""
    for submission in evidence.submissions:
        if submission.job_id is None:
            yield f"{submission.key} was never accepted"
        for each in submission.strange:
            yield f"{submission.key} ({submission.job_id}): {each}"


def doubled(evidence: Evidence) -> Iterator[str]:
    """One order, one job, one end."""
    of_key = Counter(
        each.job_id for each in evidence.submissions if each.job_id is not None
    )
    for job_id, count in of_key.items():
        if count > 1:
            yield f"{job_id} answers {count} different orders"
    known = {each.job_id for each in evidence.submissions}
    for job_id in sorted(evidence.recorded - known):
        yield f"{job_id} is recorded and no client knows it"
    for job in evidence.jobs.values():
        if job.status in FINAL and job.ends != 1:
            yield f"{job.job_id} ended {job.ends} times"
    if evidence.ended > evidence.submitted:
        yield f"{evidence.submitted} jobs were counted, and {evidence.ended} ends"


def wrongly_ended(evidence: Evidence) -> Iterator[str]:
    """Canceled if somebody asked, failed if it is poison: else succeeded."""
    for submission, job in _accepted(evidence):
        if job is not None and job.status in FINAL and not _may_end_so(submission, job):
            why = f"{job.status}/{job.error_code}"
            yield f"{job.job_id} ({submission.key}, {submission.verb}) ended {why}"


def wrong_bytes(evidence: Evidence) -> Iterator[str]:
    """A result is, bit for bit, that of an undisturbed run."""
    for submission, job in _accepted(evidence):
        if job is None or job.status != "succeeded":
            continue
        if job.sha256 is None or job.sha256 != job.told_sha256:
            yield f"{job.job_id}: the record says {job.told_sha256}, came {job.sha256}"
        elif (
            not job.stopped_early
            and not submission.controls_sent
            and job.sha256 != evidence.expected[submission.variant.name]
        ):
            yield f"{job.job_id}: not the bytes of {submission.variant.name}"
        elif job.stopped_early and not submission.finish_asked:
            yield f"{job.job_id} stopped early and nobody had asked"


def applied_twice(evidence: Evidence) -> Iterator[str]:
    """What was asked once is applied once, whoever died; what nobody asked, never."""
    for submission, job in _accepted(evidence):
        if job is None:
            continue
        applied = Counter(strength for _, strength in job.changes)
        if applied - Counter(submission.controls_sent):
            asked = submission.controls_sent
            yield f"{job.job_id} was changed {job.changes}, and asked was {asked}"
        steps = [step for step, _ in job.changes]
        for name, numbers in (("steps", steps), ("revisions", job.revisions)):
            if any(later <= earlier for earlier, later in pairwise(numbers)):
                yield f"{job.job_id}: {name} of changes do not rise: {numbers}"


def webhooks(evidence: Evidence) -> Iterator[str]:
    """Each end is told at least once, under one id, and only the true one."""
    taken = {(each.job_id, each.kind) for each in evidence.receipts if each.was_taken}
    ids = {(each.job_id, each.kind, each.webhook_id) for each in evidence.receipts}
    for (job_id, kind), count in Counter((job, kind) for job, kind, _ in ids).items():
        if count > 1:
            yield f"{job_id}: {kind} came under {count} ids"
    for submission, job in _accepted(evidence):
        if not submission.has_webhook or submission.deleted or job is None:
            continue
        kinds = {kind for job_id, kind in taken if job_id == job.job_id}
        if kinds != {f"job.{job.status}"}:
            yield f"{job.job_id} is {job.status}, and told was {sorted(kinds)}"
    for message in evidence.outbox:
        yield f"{message} is still to be sent"


def orphans(evidence: Evidence) -> Iterator[str]:
    """No file without a pointer, no key without a job."""
    for name in evidence.files_left:
        yield f"file left when all jobs were deleted: {name}"
    for name in evidence.keys_left:
        yield f"key left when all jobs were deleted: {name}"


def leftovers(evidence: Evidence) -> Iterator[str]:
    """No process lives on or dies by itself; the API's memory is bounded."""
    for line in evidence.deaths:
        yield f"ended by itself: {line}"
    for line in evidence.processes_left:
        yield f"process left: {line}"
    if evidence.api_peak_bytes > _MOST_API_BYTES:
        yield f"the API took {evidence.api_peak_bytes / 2**20:.0f} MiB"


def slow(evidence: Evidence) -> Iterator[str]:
    """A crashed job is open to other workers within the lease and a second."""
    for each in evidence.recoveries:
        if each.is_fair and (
            each.after_s is None or each.after_s > evidence.recovery_limit_s
        ):
            took = "never" if each.after_s is None else f"after {each.after_s:.1f} s"
            yield f"{each.job_id} ({each.fault}) was open again {took}"


CHECKS: tuple[Check, ...] = (
    lost,
    unsettled,
    doubled,
    wrongly_ended,
    wrong_bytes,
    applied_twice,
    webhooks,
    orphans,
    leftovers,
    slow,
)


def audit(evidence: Evidence) -> dict[str, list[str]]:
    """Return what each check found, by its name; empty lists if all is well."""
    return {check.__name__: list(check(evidence)) for check in CHECKS}


def _accepted(evidence: Evidence) -> Iterator[tuple[Submission, JobFacts | None]]:
    for submission in evidence.submissions:
        if submission.job_id is not None:
            yield submission, evidence.jobs.get(submission.job_id)


def _may_end_so(submission: Submission, job: JobFacts) -> bool:
    if submission.is_poison:
        return job.status == "failed" and job.error_code == "worker_lost"
    if job.status == "canceled":
        return submission.cancel_asked
    return job.status != "failed"
