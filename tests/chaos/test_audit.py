"""The audit sees what it is there to see: each doctored state is found by its check."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.audit import CHECKS, audit
from tests.chaos.evidence import Evidence, JobFacts
from tests.chaos.receiver import Receipt
from tests.chaos.submissions import Submission, Variant, Verb
from tests.chaos.watch import Recovery

VARIANT = Variant(name="v", content=b"c", style=b"s", seed=1, steps=3)
RIGHT = "right bytes"


def good() -> Evidence:
    """A service that kept every promise: five jobs, each of another kind."""
    submissions = [
        Submission("plain", VARIANT, has_webhook=True, job_id="plain"),
        Submission("cancel", VARIANT, Verb.CANCEL, job_id="cancel", cancel_asked=True),
        Submission("finish", VARIANT, Verb.FINISH, job_id="finish", finish_asked=True),
        Submission("delete", VARIANT, Verb.DELETE, job_id="delete", deleted=True),
        Submission("poison", VARIANT, job_id="poison", is_poison=True),
    ]
    jobs = [
        a_picture("plain"),
        JobFacts(job_id="cancel", status="canceled", attempt=1),
        replace(
            a_picture("finish"),
            stopped_early=True,
            sha256="other",
            told_sha256="other",
        ),
        JobFacts(job_id="poison", status="failed", attempt=3, error_code="worker_lost"),
    ]
    return Evidence(
        submissions=submissions,
        jobs={job.job_id: job for job in jobs},
        expected={"v": RIGHT},
        recorded=frozenset(job.job_id for job in jobs),
        submitted=5,
        ended=5,
        receipts=[Receipt("msg_1", "plain", "job.succeeded", was_taken=True)],
        recoveries=[Recovery("plain", 1, "kill", 0.0, after_s=3.0)],
        recovery_limit_s=4.0,
        api_peak_bytes=2**27,
    )


def a_picture(job_id: str) -> JobFacts:
    return JobFacts(
        job_id=job_id, status="succeeded", attempt=1, sha256=RIGHT, told_sha256=RIGHT
    )


def with_job(job_id: str, **changes: Any) -> Callable[[Evidence], Evidence]:
    def doctor(evidence: Evidence) -> Evidence:
        job = replace(evidence.jobs[job_id], **changes)
        return replace(evidence, jobs={**evidence.jobs, job_id: job})

    return doctor


def with_order(of: str, **changes: Any) -> Callable[[Evidence], Evidence]:
    def doctor(evidence: Evidence) -> Evidence:
        submissions = [
            replace(each, **changes) if each.job_id == of else each
            for each in evidence.submissions
        ]
        return replace(evidence, submissions=submissions)

    return doctor


def changed(**facts: Any) -> Callable[[Evidence], Evidence]:
    """Doctor the job `plain`, of which two changes were asked."""

    def doctor(evidence: Evidence) -> Evidence:
        asked = with_order("plain", controls_sent=[0.7, 0.4])(evidence)
        return with_job("plain", **facts)(asked)

    return doctor


def having(**changes: Any) -> Callable[[Evidence], Evidence]:
    return lambda evidence: replace(evidence, **changes)


def without(job_id: str) -> Callable[[Evidence], Evidence]:
    def doctor(evidence: Evidence) -> Evidence:
        jobs = {key: job for key, job in evidence.jobs.items() if key != job_id}
        return replace(evidence, jobs=jobs)

    return doctor


def receipts(*each: tuple[str, str, bool]) -> list[Receipt]:
    return [Receipt(id_, "plain", kind, was_taken=taken) for id_, kind, taken in each]


TOLD = ("msg_1", "job.succeeded", True)

#: What is wrong, how the evidence is doctored for it, and which check must see it.
DOCTORED: dict[str, tuple[Callable[[Evidence], Evidence], str]] = {
    "an accepted job is gone": (without("plain"), "lost"),
    "an accepted job never ends": (with_job("plain", status="processing"), "lost"),
    "a submission is never accepted": (with_order("plain", job_id=None), "unsettled"),
    "a client sees a 500": (with_order("plain", strange=["500"]), "unsettled"),
    "a job ends twice": (with_job("plain", ends=2), "doubled"),
    "an end is told to nobody": (with_job("plain", ends=0), "doubled"),
    "a job is there twice": (
        lambda e: replace(e, recorded=e.recorded | {"twin"}),
        "doubled",
    ),
    "two orders get one job": (with_order("finish", job_id="plain"), "doubled"),
    "an end is counted twice": (having(ended=6), "doubled"),
    "a job is canceled unasked": (
        with_job("plain", status="canceled", sha256=None, told_sha256=None),
        "wrongly_ended",
    ),
    "a healthy job fails": (
        with_job("plain", status="failed", error_code="worker_lost"),
        "wrongly_ended",
    ),
    "a poisonous job succeeds": (
        with_job("poison", status="succeeded", sha256=RIGHT, told_sha256=RIGHT),
        "wrongly_ended",
    ),
    "a poisonous job fails for another reason": (
        with_job("poison", error_code="internal_error"),
        "wrongly_ended",
    ),
    "a result has other bytes": (
        with_job("plain", sha256="wrong", told_sha256="wrong"),
        "wrong_bytes",
    ),
    "a result is not what its record says": (
        with_job("plain", sha256="wrong"),
        "wrong_bytes",
    ),
    "a result cannot be read": (with_job("plain", sha256=None), "wrong_bytes"),
    "a job stops early unasked": (
        with_job("plain", stopped_early=True),
        "wrong_bytes",
    ),
    "a job changes unasked": (with_job("plain", changes=((3, 0.7),)), "applied_twice"),
    "one change is applied twice": (
        changed(changes=((3, 0.7), (5, 0.7))),
        "applied_twice",
    ),
    "two changes have one step": (
        changed(changes=((3, 0.7), (3, 0.4))),
        "applied_twice",
    ),
    "a change is told twice": (changed(revisions=(1, 1)), "applied_twice"),
    "an older change comes after a newer": (
        changed(revisions=(2, 1)),
        "applied_twice",
    ),
    "an end is not told": (having(receipts=[]), "webhooks"),
    "an end is sent and never taken": (
        having(receipts=receipts(("msg_1", "job.succeeded", False))),
        "webhooks",
    ),
    "two different ends are told": (
        having(receipts=receipts(TOLD, ("msg_2", "job.failed", True))),
        "webhooks",
    ),
    "one end is told under two ids": (
        having(receipts=receipts(TOLD, ("msg_2", "job.succeeded", True))),
        "webhooks",
    ),
    "a message stays in the outbox": (having(outbox=["plain:x"]), "webhooks"),
    "a file is left": (having(files_left=["results/plain/1.png"]), "orphans"),
    "a key is left": (having(keys_left=["impasto:holders:x"]), "orphans"),
    "a process is left": (having(processes_left=["worker: 7"]), "leftovers"),
    "a process dies by itself": (having(deaths=["worker-1 (1)"]), "leftovers"),
    "the API takes too much memory": (having(api_peak_bytes=2**30), "leftovers"),
    "a crashed job waits too long": (
        having(recoveries=[Recovery("plain", 1, "kill", 0.0, after_s=4.5)]),
        "slow",
    ),
    "a crashed job waits for ever": (
        having(recoveries=[Recovery("plain", 1, "kill", 0.0)]),
        "slow",
    ),
}


def test_service_that_kept_its_promises_passes() -> None:
    assert audit(good()) == {check.__name__: [] for check in CHECKS}


@pytest.mark.parametrize("name", DOCTORED)
def test_broken_promise_is_found(name: str) -> None:
    doctor, check = DOCTORED[name]
    found = audit(doctor(good()))
    assert found[check], f"{name}: nobody saw it"


def test_every_check_can_fail() -> None:
    seen = {check for _, check in DOCTORED.values()}
    assert seen == {check.__name__ for check in CHECKS}


@pytest.mark.parametrize(
    "change",
    [
        # What is no fault of the service, or was asked for.
        changed(changes=((3, 0.7), (5, 0.4)), revisions=(1, 2)),
        with_job("cancel", status="succeeded", sha256=RIGHT, told_sha256=RIGHT),
        having(receipts=receipts(TOLD, TOLD, ("msg_1", "job.succeeded", False))),
        having(recoveries=[Recovery("plain", 1, "x", 0.0, after_s=9, is_fair=False)]),
    ],
)
def test_what_may_happen_is_no_violation(
    change: Callable[[Evidence], Evidence],
) -> None:
    assert not any(audit(change(good())).values())
