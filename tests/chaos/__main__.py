"""`python -m tests.chaos`: campaigns at many seeds, a table, an exit code."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tests.chaos.campaign import Campaign, Plan, Report
from tests.chaos.faults import FaultKind, ready_kinds

_COLUMNS = ("seed", "jobs", "faults", "lost", "doubled", "wrong", "orphans", "other")
_COUNTED = {
    "lost": ("lost",),
    "doubled": ("doubled", "applied_twice"),
    "wrong": ("wrong_bytes", "wrongly_ended"),
    "orphans": ("orphans",),
    "other": ("unsettled", "webhooks", "leftovers", "slow"),
}


def main() -> int:
    """Run campaigns; 1 if one of them found a violation."""
    options = _options()
    # As Ctrl-C: the campaign under way ends its processes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    reports = []
    end_s = time.monotonic() + options.minutes * 60
    _print(_heading())
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        if time.monotonic() > end_s:
            break
        report = _run(seed, options)
        reports.append(report)
        _print(_row(report))
        if report.violations or options.verbose:
            _print(report.story())
    _print(_totals(reports))
    return int(any(report.violations for report in reports))


def _run(seed: int, options: argparse.Namespace) -> Report:
    directory = Path(tempfile.mkdtemp(prefix=f"impasto-chaos-{seed}-"))
    kinds = tuple(FaultKind[name] for name in options.kinds) or ready_kinds()
    plan = Plan(seed=seed, jobs=options.jobs, faults=options.faults, kinds=kinds)
    if options.vgg19:
        plan = replace(plan, worker_module="worker", steps=(3, 8), patience_s=600.0)
    report = Campaign(plan, directory).run()
    if report.violations:
        _print(f"the service's logs are in {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return report


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=30)
    parser.add_argument("--faults", type=int, default=16)
    parser.add_argument("--vgg19", action="store_true", help="paint with the real one")
    parser.add_argument("--verbose", action="store_true", help="tell every fault")
    names = [kind.name for kind in FaultKind]
    parser.add_argument("--kinds", nargs="*", default=[], choices=names)
    return parser.parse_args()


def _heading() -> str:
    columns = " | ".join((*_COLUMNS, "longest recovery", "seconds", "kinds"))
    return f"| {columns} |\n|{'---|' * (len(_COLUMNS) + 3)}"


def _row(report: Report) -> str:
    found = [sum(len(report.found[name]) for name in _COUNTED[c]) for c in _COLUMNS[3:]]
    kinds = ", ".join(
        f"{name.lower()} {n}" for name, n in sorted(report.counts.items())
    )
    cells: Iterable[object] = (
        report.plan.seed,
        report.plan.jobs,
        report.counts.total(),
        *found,
        f"{report.longest_recovery_s:.1f} s",
        f"{report.seconds:.0f}",
        kinds,
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _totals(reports: list[Report]) -> str:
    jobs = sum(report.plan.jobs for report in reports)
    faults = sum(report.counts.total() for report in reports)
    violations = sum(len(report.violations) for report in reports)
    return (
        f"\n{len(reports)} seeds, {jobs} jobs, {faults} faults: {violations} violations"
    )


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
