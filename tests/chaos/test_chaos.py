"""A short campaign at a fixed seed; `make chaos` runs long ones at many."""

from pathlib import Path

import pytest

from tests.chaos.campaign import Campaign, Plan
from tests.chaos.faults import ready_kinds

pytestmark = pytest.mark.e2e

#: Its plan has eight kinds of faults, the poison besides.
#: It draws a pause, a change, a branch, a cancel and a deletion.
SEED = 25


def test_no_promise_is_broken_by_faults_from_a_fixed_seed(tmp_path: Path) -> None:
    plan = Plan(
        seed=SEED,
        jobs=10,
        faults=8,
        clients=3,
        steps=(15, 40),
        pause_s=(0.2, 0.8),
        kinds=ready_kinds(),
    )
    report = Campaign(plan, tmp_path).run()
    assert not report.violations, report.story()
    assert report.counts.total() >= 6, "hardly anything was broken"
    assert len(report.evidence.jobs) >= 8
