"""A job that is changed while it is painted: at which step, and the same once more."""

import io
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image

from app.contract.changes import AppliedChange
from app.contract.commands import Verb
from app.contract.jobs import Job, JobStatus
from app.contract.kinds import KINDS
from app.contract.messages.events import EventKind
from app.contract.records.wire import upload_key
from app.contract.views.changes import params_with_changes
from app.stores.ledger import LedgerRules
from tests.engine.conftest import hills
from tests.fakes import MemoryBlobStore
from tests.ledgers import ScratchLedger
from tests.worker.attempt.test_resumption import KEEPS, painting, runner_of_a_new_worker
from tests.worker.harness import SETTINGS, KilledError, Mortal, WorkerHarness
from worker.attempt import checkpoints
from worker.runners.control import Control
from worker.runners.image import runner as image_runner
from worker.runners.runner import AnyRunner, Tick

Deed = Callable[[Control], None]


@pytest.fixture(autouse=True)
def every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_runner, "_REPORT_INTERVAL_S", 0)
    monkeypatch.setattr(checkpoints, "LEAST_PART", 0)


@dataclass
class Steered:
    """A runner that does something once so many steps are taken."""

    runner: AnyRunner = field(default_factory=runner_of_a_new_worker)
    after: Mapping[int, Deed] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.runner, name)

    def run(self, order: Any, control: Control, resume: bytes | None) -> Any:
        return self._run(order, control, resume)

    def _run(
        self, order: Any, control: Control, resume: bytes | None
    ) -> Generator[Tick, None, None]:
        for tick in self.runner.run(order, control, resume):
            yield tick
            if deed := self.after.get(tick.update.step):
                deed(control)


class Studio:
    """Workers with one ledger and one storage."""

    def __init__(self) -> None:
        rules = LedgerRules(round_gap_s=60.0)
        self.ledger = ScratchLedger(rules, stands_still=True)
        self.blobs = MemoryBlobStore()
        self.job_id = self.began = ""

    def worker(
        self, after: Mapping[int, Deed] | None = None, settings: Any = SETTINGS
    ) -> WorkerHarness:
        runner: Any = Steered(after=after or {})
        return WorkerHarness(runner, settings, self.ledger, self.blobs)

    def order(self, **params: Any) -> str:
        self.job_id = painting(self.worker(), params.pop("optimizer", "adam"), **params)
        self.began = self.ledger.feed.history(self.job_id, None).last_id
        return self.job_id

    def asks(self, **values: Any) -> Deed:
        """Ask, and wait until the worker has heard it."""

        def deed(control: Control) -> None:
            revision = self.ledger.requests.append(self.job_id, Verb.CHANGE, values)
            wait_until(lambda: control._revision >= revision)

        return deed

    def job(self) -> Job:
        return self.ledger.get(self.job_id)

    def shown(self) -> Any:
        return params_with_changes(KINDS.default, self.job())

    def picture(self) -> bytes:
        outcome = self.job().outcome
        assert outcome is not None, self.job().error
        return self.blobs.get(outcome.result.blob_key)

    def controls_told(self) -> list[dict[str, Any]]:
        events = self.ledger.feed.history(self.job_id, self.began).events
        return [each.data for each in events if each.kind is EventKind.CONTROL]

    def painted(self, **params: Any) -> bytes:
        """Return what a job makes that nobody disturbs."""
        self.order(**params)
        self.worker().handler.handle(self.job_id)
        return self.picture()


def wait_until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.002)


def die(_: Control) -> None:
    raise KilledError


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_changed_job_tells_when_and_its_parameters_make_it_again(
    optimizer: str,
) -> None:
    studio = Studio()
    job_id = studio.order(optimizer=optimizer)
    after = {
        2: studio.asks(style_strength=0.9, total_variation=0.25),
        5: studio.asks(style_strength=0.1, learning_rate=0.011),
    }
    studio.worker(after).handler.handle(job_id)
    steered, params = studio.picture(), studio.shown()
    assert params["changes"] == [
        {"at_step": 2, "style_strength": 0.9, "total_variation": 0.25},
        {"at_step": 5, "style_strength": 0.1, "learning_rate": 0.011},
    ]
    job = studio.job()
    assert (job.controls_revision, job.applied_revision) == (2, 2)
    first, second = studio.controls_told()
    assert (first["control"], first["step"]) == (1, 2)
    assert second["changes"] == {"style_strength": 0.1, "learning_rate": 0.011}
    assert studio.painted(optimizer=optimizer) != steered
    assert studio.painted(**params) == steered


def test_what_was_asked_before_the_start_holds_from_the_first_step() -> None:
    studio = Studio()
    job_id = studio.order()
    studio.ledger.requests.append(job_id, Verb.CHANGE, {"style_strength": 0.9})
    studio.ledger.requests.append(job_id, Verb.CHANGE, {"content_strength": 0.2})
    studio.worker().handler.handle(job_id)
    whole = {"style_strength": 0.9, "content_strength": 0.2}
    change = AppliedChange(revision=2, at_step=0, values=whole)
    assert studio.job().changes == (change,), "two became one"
    assert studio.picture() == studio.painted(**whole)


def test_a_change_that_a_killed_worker_never_heard_is_applied_by_the_next() -> None:
    studio = Studio()
    job_id = studio.order()

    def ask_and_die(_: Control) -> None:
        studio.ledger.requests.append(job_id, Verb.CHANGE, {"style_strength": 0.9})
        raise KilledError

    killed(studio, {3: ask_and_die})
    assert studio.job().applied_revision == 0
    studio.worker().handler.handle(job_id)
    (change,) = studio.job().changes
    assert (change.revision, change.values) == (1, {"style_strength": 0.9})
    steered, params = studio.picture(), studio.shown()
    assert studio.painted(**params) == steered


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("kept_at", [2, 3])
def test_changes_since_the_checkpoint_come_again_at_their_own_steps(
    optimizer: str, kept_at: int
) -> None:
    studio = Studio()
    job_id = studio.order(optimizer=optimizer)

    def leave(_: Control) -> None:
        raise SystemExit

    # One that is told to leave stores its state; the next one is killed without a word.
    with pytest.raises(SystemExit):
        studio.worker(
            {1: studio.asks(gradient_clip=0.5), kept_at: leave}, KEEPS
        ).handler.handle(job_id)
    killed(studio, {4: studio.asks(style_strength=0.9), 6: die}, told=2)
    assert studio.job().applied_revision == 2
    studio.worker().handler.handle(job_id)
    assert studio.job().status is JobStatus.SUCCEEDED
    assert [each.at_step for each in studio.job().changes] == [1, 4]
    assert len(studio.controls_told()) == 2, "told once each"
    steered, params = studio.picture(), studio.shown()
    assert studio.painted(**{**params, "optimizer": optimizer}) == steered


def test_a_newer_change_takes_older_ones_with_it_that_would_come_later() -> None:
    studio = Studio()
    job_id = studio.order()
    asked = studio.asks(style_strength=0.9, total_variation=0.0)
    killed(studio, {4: asked, 5: die}, told=1)
    assert [each.at_step for each in studio.job().changes] == [4]
    studio.worker({2: studio.asks(style_strength=0.1)}).handler.handle(job_id)
    steered, params = studio.picture(), studio.shown()
    assert params["changes"] == [
        {"at_step": 2, "style_strength": 0.1, "total_variation": 0.0}
    ]
    assert studio.painted(**params) == steered


def test_a_worker_that_lost_its_lease_has_applied_nothing() -> None:
    studio = Studio()
    job_id = studio.order()
    claim = studio.ledger.claim(job_id, "w1")
    assert claim is not None
    studio.ledger.requests.append(job_id, Verb.CHANGE, {"style_strength": 0.9})
    studio.ledger.hand_back(*claim)
    change = AppliedChange(revision=1, at_step=3, values={"style_strength": 0.9})
    studio.ledger.beat(*claim, None, applied=[change])
    assert (studio.job().changes, studio.controls_told()) == ((), [])


def test_a_changed_picture_is_not_shown_to_who_asks_for_the_unchanged_one() -> None:
    studio = Studio()
    job_id = studio.order()
    studio.worker({2: studio.asks(style_strength=0.9)}).handler.handle(job_id)
    assert studio.ledger.find_reusable(studio.job()) is None
    studio.painted()
    assert studio.ledger.find_reusable(studio.job()) == studio.job_id


def killed(studio: Studio, after: Mapping[int, Deed], told: int = 0) -> None:
    """Let a worker begin and be killed, once so much is told; its lease runs out."""
    died: list[float] = []
    stores: Any = [Mortal(store, died) for store in (studio.ledger, studio.blobs)]

    def mortal(deed: Deed) -> Deed:
        def do(control: Control) -> None:
            try:
                deed(control)
            except KilledError:
                wait_until(lambda: studio.job().applied_revision >= told)
                died.append(0.0)
                raise

        return do

    runner: Any = Steered(after={step: mortal(deed) for step, deed in after.items()})
    with pytest.raises(KilledError):
        WorkerHarness(runner, SETTINGS, *stores).handler.handle(studio.job_id)
    assert studio.ledger.clock is not None
    studio.ledger.clock.pass_time(31)


@pytest.mark.parametrize("at_step", [2, 3, 5], ids=["first", "boundary", "second"])
def test_a_job_that_was_paused_goes_on_to_the_same_bytes(at_step: int) -> None:
    studio = Studio()
    undisturbed = studio.painted()
    job_id = studio.order()

    def pause(control: Control) -> None:
        studio.ledger.requests.pause(job_id)
        wait_until(lambda: control.is_pausing)

    begun = studio.worker({at_step: pause}, KEEPS)
    begun.handler.handle(job_id)
    job = studio.job()
    assert (job.status, job.attempt) == (JobStatus.QUEUED, 0)
    assert job.paused_at is not None
    assert job.checkpoint is not None
    studio.worker().handler.handle(job_id)
    assert studio.job().status is JobStatus.QUEUED, "nobody takes it"
    studio.ledger.requests.resume(job_id)
    studio.worker().handler.handle(job_id)
    assert (studio.job().status, studio.job().attempt) == (JobStatus.SUCCEEDED, 1)
    assert studio.job().resumed_from_step == job.checkpoint.step
    assert job.checkpoint.step == at_step + 1, "the step at hand was not lost"
    curve = [row.step for row in studio.ledger.losses(job_id)]
    assert curve == [*range(1, 8)], "no step twice, and none is missing"
    assert studio.picture() == undisturbed


def test_a_mask_and_weights_are_applied_kept_and_painted_again() -> None:
    studio = Studio()
    job_id = studio.order()
    mask = Image.new("L", hills().size)
    mask.paste(255, (0, 0, mask.width // 2, mask.height))
    file = io.BytesIO()
    mask.save(file, "PNG")
    name = "cc" * 32
    studio.blobs.put(upload_key(name), file.getvalue())
    asked = studio.asks(**{"mask/0": name, "style_weights": [2.0]})

    def pause(control: Control) -> None:
        studio.ledger.requests.pause(job_id)
        wait_until(lambda: control.is_pausing)

    # Paused, then killed after a change that no checkpoint has, then left alone.
    studio.worker({2: asked, 3: pause}, KEEPS).handler.handle(job_id)
    assert studio.job().paused_at is not None
    studio.ledger.requests.resume(job_id)
    killed(studio, {5: studio.asks(**{"mask/0": None}), 6: die}, told=2)
    studio.worker().handler.handle(job_id)
    steered, params = studio.picture(), studio.shown()
    assert params["changes"] == [
        {"at_step": 2, "mask/0": name, "style_weights": [2.0]},
        {"at_step": 5, "mask/0": None},
    ]
    first, second = studio.controls_told()
    assert (first["changes"]["mask/0"], second["changes"]["mask/0"]) == (name, None)
    assert studio.job().resumed_from_step == 4, "the state was accepted"
    assert studio.painted(**params) == steered
    assert studio.painted() != steered
