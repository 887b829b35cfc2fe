"""One campaign: a service, orders, faults from a seed, then the audit.

The same seed orders the same and breaks the same kinds of things after the same pauses;
what exactly they hit depends on the machine.
"""

import heapq
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import redis

from tests.chaos import gathering
from tests.chaos.audit import audit
from tests.chaos.clients import Client, start_clients
from tests.chaos.evidence import Evidence
from tests.chaos.faults import Broken, FaultKind, Scene
from tests.chaos.receiver import Receiver
from tests.chaos.service import LEASE_S, SMALL_WORKER, TIDY_INTERVAL_S, Service
from tests.chaos.submissions import Submission, draw_orders, draw_variants
from tests.chaos.watch import Watch

T = TypeVar("T")

#: Of a machine that does other things as well.
_TOLERANCE_S = 1.5
#: A worker that was killed while it delivered holds a message for so long.
_WEBHOOK_PATIENCE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much happens; everything else comes from the seed."""

    seed: int
    jobs: int = 30
    faults: int = 16
    clients: int = 4
    steps: tuple[int, int] = (30, 80)
    #: Between two faults.
    pause_s: tuple[float, float] = (0.3, 1.5)
    kinds: tuple[FaultKind, ...] = tuple(FaultKind)
    patience_s: float = 180.0
    #: `worker` paints with VGG19; each of its steps takes a hundred times as long.
    worker_module: str = SMALL_WORKER


@dataclass
class Report:
    """What happened, and what is wrong with it."""

    plan: Plan
    evidence: Evidence
    found: dict[str, list[str]]
    log: list[str]
    counts: Counter[str]
    seconds: float
    service_log: str = ""

    @property
    def violations(self) -> list[str]:
        return [f"{name}: {each}" for name, all_ in self.found.items() for each in all_]

    @property
    def longest_recovery_s(self) -> float:
        fair = [r.after_s for r in self.evidence.recoveries if r.is_fair and r.after_s]
        return max(fair, default=0.0)

    def story(self) -> str:
        """Everything that is needed to understand a failure, and to repeat it."""
        lines = [
            f"seed {self.plan.seed}: repeat with",
            f"  python -m tests.chaos --first-seed {self.plan.seed} --seeds 1",
            *self.log,
            *(f"recovery {each}" for each in self.evidence.recoveries),
            *(f"VIOLATION {each}" for each in self.violations),
            self.service_log,
        ]
        return "\n".join(lines)


@dataclass
class Campaign:
    """Runs a plan in a directory of its own."""

    plan: Plan
    directory: Path
    log: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self) -> Report:
        """Start, disturb, calm down, judge; nothing is left running."""
        began_s = self._began_s = time.monotonic()
        random_ = random.Random(self.plan.seed)  # noqa: S311 - chaos, no secret
        self._variants = draw_variants(random_, 4, self.plan.steps)
        self._orders = draw_orders(
            random_, self._variants, self.plan.jobs, self.plan.seed
        )
        self._service = Service(self.directory, worker_module=self.plan.worker_module)
        self._receiver = Receiver()
        self._deaths: list[str] = []
        self._watch = Watch(self._service)
        try:
            evidence = self._gather(random_)
        finally:
            # The service first: whatever else fails, no process may be left.
            self._service.stop()
            self._watch.stop()
            self._receiver.close()
        evidence.processes_left.extend(self._service.left_behind())
        found = audit(evidence)
        report = Report(
            self.plan,
            evidence,
            found,
            self.log,
            self.counts,
            time.monotonic() - began_s,
        )
        if report.violations:
            report.service_log = self._service.log_tail(200)
        return report

    def _gather(self, random_: random.Random) -> Evidence:
        service = self._service
        service.start()
        self._note("ready")
        expected = self._undisturbed()
        before = gathering.ends_counted(service)
        submitted_before = self._submitted()
        self._watch.start()
        self._disturb(random_)
        self._orders += [each.branch for each in self._orders if each.branch]
        gathering.wait_for_the_end(service, self._orders, self.plan.patience_s)
        outbox = gathering.wait_for_webhooks(service, _WEBHOOK_PATIENCE_S)
        self._note("calm")
        self._watch.stop()
        with httpx.Client(base_url=service.url, timeout=30) as http:
            ids = [each.job_id for each in self._orders if each.job_id]
            facts = [gathering.facts_of(service, http, each) for each in ids]
            recorded = gathering.recorded_jobs(service) - self._undisturbed_ids
            was_emptied = self.counts[FaultKind.FLUSH_REDIS.name] > 0
            ended = 0 if was_emptied else gathering.ends_counted(service) - before
            submitted = 0 if was_emptied else self._submitted() - submitted_before
            gathering.delete_everything(service, http)
        return Evidence(
            submissions=self._orders,
            jobs={each.job_id: each for each in facts if each is not None},
            expected=expected,
            recorded=recorded,
            submitted=submitted,
            ended=ended,
            receipts=list(self._receiver.receipts),
            outbox=outbox,
            files_left=gathering.files_left(service),
            keys_left=gathering.keys_left(service),
            deaths=self._deaths,
            recoveries=list(self._watch.recoveries),
            recovery_limit_s=LEASE_S + TIDY_INTERVAL_S + _TOLERANCE_S,
            api_peak_bytes=self._watch.api_peak_bytes,
        )

    def _undisturbed(self) -> dict[str, str]:
        """Paint each variant once, before anything is broken; return the hashes."""
        submissions = [
            Submission(key=f"calm-{each.name}", variant=each) for each in self._variants
        ]
        threads = start_clients([self._client(iter(submissions), self.plan.patience_s)])
        for thread in threads:
            thread.join()
        gathering.wait_for_the_end(self._service, submissions, self.plan.patience_s)
        self._undisturbed_ids = {str(each.job_id) for each in submissions}
        hashes = {}
        with httpx.Client(base_url=self._service.url, timeout=30) as http:
            for submission in submissions:
                facts = gathering.facts_of(self._service, http, str(submission.job_id))
                assert facts is not None, self._service.log_tail()
                assert facts.sha256 is not None, f"{facts}\n{self._service.log_tail()}"
                hashes[submission.variant.name] = facts.sha256
        self._note("undisturbed results are known")
        return hashes

    def _submitted(self) -> int:
        return round(
            float(self._service.redis.hget("impasto:counters", "submitted") or 0)
        )

    def _client(self, submissions: Iterator[Submission], patience_s: float) -> Client:
        return Client(
            url=self._service.url,
            hook_url=self._receiver.url,
            submissions=submissions,
            end_s=time.monotonic() + patience_s,
            pause_s=lambda: 0.05,
        )

    def _disturb(self, random_: random.Random) -> None:
        """Let clients order and break things; return when both are through."""
        shared = _Shared(self._orders)
        threads = start_clients(
            self._client(shared, self.plan.patience_s) for _ in range(self.plan.clients)
        )
        poison = next(each for each in self._orders if each.is_poison)
        scene = Scene(self._service, self._watch, random_)
        mending: list[tuple[float, int, Broken]] = []
        numbers = itertools.count()
        for _ in range(self.plan.faults):
            kind = random_.choice(self.plan.kinds)
            pause_s = random_.uniform(*self.plan.pause_s)
            self._rest(time.monotonic() + pause_s, mending, poison)
            broken = self._break(kind, scene)
            if broken is not None:
                due_s = time.monotonic() + broken.after_s
                heapq.heappush(mending, (due_s, next(numbers), broken))
        while mending:
            self._rest(mending[0][0], mending, poison)
        self._note("no more faults")
        while any(thread.is_alive() for thread in threads):
            self._rest(time.monotonic() + 0.1, mending, poison)

    def _break(self, kind: FaultKind, scene: Scene) -> Broken | None:
        try:
            broken = kind.fault(scene)
        except redis.RedisError as error:
            self._note(f"{kind.name}: Redis is away ({error})")
            return None
        if broken is not None:
            self.counts[kind.name] += 1
            self._note(f"{kind.name}: {broken.words}, for {broken.after_s:.1f} s")
        return broken

    def _rest(
        self,
        until_s: float,
        mending: list[tuple[float, int, Broken]],
        poison: Submission,
    ) -> None:
        """Wait, and mend what is due meanwhile."""
        while (now_s := time.monotonic()) < until_s or (
            mending and mending[0][0] <= now_s
        ):
            if poison.job_id is not None:
                self._watch.poison(poison.job_id)
            if mending and mending[0][0] <= now_s:
                _, number, broken = heapq.heappop(mending)
                try:
                    broken.mend()
                except redis.RedisError:
                    heapq.heappush(mending, (now_s + 0.3, number, broken))
                else:
                    self._note(f"mended: {broken.words}")
            self._raise_the_dead()
            time.sleep(0.02)

    def _raise_the_dead(self) -> None:
        """Start again what ended by itself, as every supervisor does; but note it."""
        for process in self._service.processes:
            if process.has_died and process.running is not None:
                words = f"{process.name} ({process.running.returncode})"
                self._note(f"{words} ended by itself")
                if not process.is_excused:
                    self._deaths.append(words)
                process.start()

    def _note(self, words: str) -> None:
        self.log.append(f"{time.monotonic() - self._began_s:6.2f} s  {words}")


class _Shared(Iterator[T]):
    """Hands each thing to one of many threads."""

    def __init__(self, things: list[T]) -> None:
        self._things = iter(things)
        self._lock = threading.Lock()

    def __next__(self) -> T:
        with self._lock:
            return next(self._things)
