"""The whole API over memory, and the ways in which tests drive it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import Any, TypeVar

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Outcome, Reproducibility
from app.contract.keys import Scope
from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from app.contract.records.wire import result_key
from app.contract.updates import Update
from app.http.services import Services
from app.main import build_app
from app.outbound import OutboundClient
from app.settings import ApiSettings
from app.submissions.dependencies import SubmissionDependencies
from app.webhooks.registration import Registrar
from app.wiring import Stores
from tests.app.pictures import plain
from tests.fakes import (
    MemoryBlobStore,
    MemoryDoorbell,
    MemoryKeyRing,
    MemoryWebhookBell,
    MemoryWorkerRegistry,
    memory_rates,
)
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import a_result, metrics

T = TypeVar("T")

PICTURE = plain()
SHA256 = "ab" * 32
SECRET = b"a secret of 32 bytes, for tests."


def _found(_host: str, _timeout_s: float) -> tuple[IPv4Address, ...]:
    return (IPv4Address("93.184.216.34"),)


@dataclass
class ApiHarness:
    """The stores, the application over them, and a client of it."""

    settings: ApiSettings = field(default_factory=ApiSettings)
    blobs: Any = field(default_factory=MemoryBlobStore)
    ledger: Any = field(default_factory=ScratchLedger)
    doorbell: Any = field(default_factory=MemoryDoorbell)
    worker_registry: Any = field(default_factory=MemoryWorkerRegistry)
    reservations: Any = None
    keys: Any = field(default_factory=MemoryKeyRing)
    rates: Any = field(default_factory=memory_rates)
    link_secret: Callable[[], bytes] = field(default_factory=lambda: lambda: SECRET)
    webhook_bell: Any = field(default_factory=MemoryWebhookBell)
    kinds: Kinds = KINDS

    def __post_init__(self) -> None:
        self.reservations = self.reservations or self.ledger.reservations
        self.outbox = self.ledger.outbox
        self.stores = Stores(
            blobs=self.blobs,
            ledger=self.ledger,
            doorbell=self.doorbell,
            feed=self.ledger.feed,
            worker_registry=self.worker_registry,
            reservations=self.reservations,
            keys=self.keys,
            rates=self.rates,
            link_secret=self.link_secret,
            outbox=self.outbox,
            webhook_bell=self.webhook_bell,
            # A bare ledger has no such neighbour, and its tests upload nothing.
            upload_records=getattr(self.ledger, "upload_records", None),
        )
        self.app: FastAPI = build_app(self.settings, self.stores, self.kinds)
        # Hosts have an address without anybody being asked for it.
        accept = Registrar(OutboundClient(resolve=_found).check).accept
        self.change(SubmissionDependencies, accept_webhook=accept)
        self.client = TestClient(self.app)

    def service(self, wanted: type[T]) -> T:
        """Return what the handlers of a room work with."""
        services: Services = self.app.state.services
        return services.of(wanted)

    def change(self, wanted: type[Any], **changes: Any) -> None:
        """Let the handlers of a room work with something else."""
        part, old = replace(self.service(wanted), **changes), self.app.state.services
        self.app.state.services = Services((part, *old.parts))

    def submit(
        self,
        content: bytes = PICTURE,
        style: bytes = PICTURE,
        query: str = "",
        **fields: Any,
    ) -> Any:
        """Return the answer to a submission."""
        return self.client.post(
            f"/v1/jobs{query}",
            files={"content": ("a b.png", content), "style": ("ü.jpg", style)},
            data=fields,
        )

    def key(self, *scopes: Scope, **fields: Any) -> dict[str, str]:
        """Set a key, which turns keys on; return the header that shows it."""
        _, token = self.keys.add(*scopes, **fields)
        return {"Authorization": f"Bearer {token}"}

    def queued(self) -> str:
        """Return the id of a job that waits."""
        answer = self.submit()
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def running(self, progress: Update | None = None) -> str:
        """Return the id of a job that a worker has taken up."""
        job_id = self.queued()
        assert self.ledger.claim(job_id, f"worker of {job_id}") == (job_id, 1)
        if progress is not None:
            self.ledger.beat(job_id, 1, progress)
        return job_id

    def succeeded(self, picture: bytes = PICTURE) -> str:
        """Return the id of a job that has its picture."""
        job_id = self.running()
        self.blobs.put(result_key(job_id, 1, "image/png"), picture)
        assert self.ledger.succeed(job_id, 1, an_outcome(job_id, len(picture)))
        return job_id

    def failed(self) -> str:
        """Return the id of a job that failed."""
        job_id = self.running()
        failure = Failure.of(FailureCode.OUT_OF_MEMORY, "9 GB were needed.")
        assert self.ledger.fail(job_id, 1, failure)
        return job_id

    def canceled(self) -> str:
        """Return the id of a job that was canceled."""
        job_id = self.queued()
        self.ledger.requests.cancel(job_id)
        return job_id

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was stored, recorded or rung."""
        stored = getattr(self.blobs, "blobs", {})
        rung = getattr(self.doorbell, "rung", [])
        return not stored and not rung and self.ledger.queue_depth() == 0


def an_outcome(job_id: str, size_bytes: int) -> Outcome:
    key = result_key(job_id, 1, "image/png")
    return Outcome(
        artifacts={"result": a_result(key, size_bytes, 512, 384, SHA256)},
        reproducibility=Reproducibility(
            algorithm="gatys@1",
            weights_sha256="cd" * 32,
            device="cpu",
            precision="float32",
            threads=2,
            torch="2.13.0",
            deterministic=True,
        ),
        setup_seconds=0.5,
        predict_seconds=12.5,
        peak_memory_bytes=None,
    )


def a_progress(eta_s: float) -> Update:
    return Update(
        fraction=0.4,
        step=100,
        total_steps=250,
        stage=2,
        total_stages=3,
        metrics=metrics(6.0, 1.0, 4.0, 1.0),
        details={"width": 256, "height": 192},
        steps_per_second=10.0,
        elapsed_seconds=10.0,
        eta_seconds=eta_s,
        updated_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


@pytest.fixture
def api() -> ApiHarness:
    return ApiHarness()


@pytest.fixture
def build_api() -> Callable[..., ApiHarness]:
    return ApiHarness
