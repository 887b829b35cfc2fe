"""Says of a job that nobody takes what a worker would have to have."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.contract.jobs import Job
from app.contract.ports import Waiting
from app.contract.views.operations import HintView
from app.contract.workers import WorkerInfo

#: Workers that start again are back by then.
PATIENCE = timedelta(minutes=1)


def hint_for(
    job: Job | Waiting, infos: Sequence[WorkerInfo], now: datetime
) -> HintView | None:
    """Return what is missing, if a job has waited in vain; None if a worker can do it.

    Args:
        job: waits.
        infos: of the live workers.
        now: with a time zone.
    """
    if now - job.waiting_since < PATIENCE:
        return None
    lacking = [_lacks(info, job) for info in infos]
    missing = min(lacking, key=len, default=["worker"])
    if not missing:
        return None
    words = ", ".join(_in_words(job)[each] for each in missing)
    detail = f"No live worker can do this job; what is missing: {words}."
    return HintView(missing=missing, detail=detail)


def _lacks(info: WorkerInfo, job: Job | Waiting) -> list[str]:
    lacks = info.offer.lacks(job)
    return lacks or ["unable"] * (info.name in job.unable)


def _in_words(job: Job | Waiting) -> dict[str, str]:
    needs = job.needs
    return {
        "kind": f"jobs of kind {job.kind}",
        "lane": f"the lane {job.lane}",
        "network": f"the network {needs.network}",
        "device": f"the device {needs.device}",
        "memory": f"memory (mode {needs.memory}) for {needs.units} units",
        "unable": "a worker that has not found out that it cannot do it",
        "worker": "a worker",
    }
