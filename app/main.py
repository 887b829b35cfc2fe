"""The composition root: the only place where stores, features and HTTP meet."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version

from anyio import CapacityLimiter
from fastapi import FastAPI

from app.batches.routes import router as batches_router
from app.capabilities.catalogue import ServiceFacts
from app.capabilities.routes import Catalogue
from app.capabilities.routes import router as capabilities_router
from app.contract.keys import KeyRing
from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from app.contract.ports import (
    BlobStore,
    Doorbell,
    Feed,
    Ledger,
    Outbox,
    Reservations,
    UploadRecords,
    WebhookBell,
    WorkerRegistry,
)
from app.contract.rates import RateLimiter
from app.estimates import Estimator, StateReader
from app.http.access.cors import allow_origins
from app.http.access.links import LinkSigner
from app.http.access.middleware import AuthDependencies, AuthMiddleware
from app.http.answers.preferences import MAX_WAIT_S
from app.http.answers.problem_responses import install_problem_handlers
from app.http.edge.body_limits import BodyLimitsMiddleware
from app.http.edge.closing import Closing
from app.http.edge.request_context import RequestContext
from app.http.openapi.schema import install_openapi
from app.jobs.dependencies import JobDependencies
from app.jobs.estimates import router as estimates_router
from app.jobs.job_cache import JobCache
from app.jobs.routes import ROUTERS as JOBS_ROUTERS
from app.jobs.stream import StreamRules
from app.jobs.transcoder import Transcoder
from app.operations.documentation import router as documentation_router
from app.operations.health import check_readiness
from app.operations.metrics import Exposition, HttpMetrics
from app.operations.metrics.routes import router as metrics_router
from app.operations.routes import router as operations_router
from app.operations.status import router as status_router
from app.settings import ApiSettings
from app.stores.connections import connect
from app.stores.doorbell import CeleryDoorbell, CeleryWebhookBell
from app.stores.feed import RedisFeed
from app.stores.guarded_blobs import GuardedBlobStore
from app.stores.keys import FileKeyRing
from app.stores.ledger import RedisLedger
from app.stores.ledger.rules import HISTOGRAM_BOUNDS
from app.stores.outbox import RedisOutbox
from app.stores.rates import local_rates, shared_rates
from app.stores.reservations import RedisReservations
from app.stores.uploads import RedisUploadRecords
from app.stores.worker_registry import RedisWorkerRegistry
from app.styles.library import StyleLibrary
from app.styles.routes import router as styles_router
from app.uploads.routes import router as uploads_router
from app.web.routes import router as web_router
from app.webhooks.dependencies import WebhookDependencies
from app.webhooks.routes import router as webhooks_router
from app.wiring import (
    body_limits,
    build_maintenance,
    build_style_dependencies,
    build_submission_dependencies,
    build_upload_dependencies,
    intake_rules,
)

_ROUTERS = (
    *JOBS_ROUTERS,
    batches_router,
    uploads_router,
    estimates_router,
    styles_router,
    webhooks_router,
    capabilities_router,
    status_router,
    operations_router,
    metrics_router,
    documentation_router,
    web_router,
)


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Everything that the application keeps elsewhere."""

    blobs: BlobStore
    ledger: Ledger
    doorbell: Doorbell
    feed: Feed
    worker_registry: WorkerRegistry
    reservations: Reservations
    keys: KeyRing
    #: Counts for all processes of the service.
    rates: RateLimiter
    #: What links are signed with; read when it is first needed.
    link_secret: Callable[[], bytes]
    outbox: Outbox
    webhook_bell: WebhookBell
    upload_records: UploadRecords


def build_app(settings: ApiSettings, stores: Stores, kinds: Kinds = KINDS) -> FastAPI:
    """Return the application over these stores; nothing is opened yet."""
    app = FastAPI(
        title="Impasto",
        version=version("impasto"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(stores, settings),
    )
    app.state.public_url = settings.public_url
    auth = _auth(settings, stores)
    app.state.link_signer = auth.signer
    estimator = _watch(app, settings, stores)
    library = StyleLibrary(stores.blobs, settings.library_limit)
    app.state.submission_deps = submission_deps = build_submission_dependencies(
        settings,
        kinds=kinds,
        blobs=stores.blobs,
        ledger=stores.ledger,
        doorbell=stores.doorbell,
        reservations=stores.reservations,
        style_catalogue=library,
        worker_registry=stores.worker_registry,
    )
    app.state.job_deps = _job_dependencies(settings, stores, kinds, estimator)
    app.state.style_deps = build_style_dependencies(settings, library, submission_deps)
    app.state.webhook_deps = WebhookDependencies(
        ledger=stores.ledger, outbox=stores.outbox, bell=stores.webhook_bell
    )
    app.state.upload_deps = build_upload_dependencies(
        settings, records=stores.upload_records, blobs=stores.blobs
    )
    for router in _ROUTERS:
        app.include_router(router)
    install_problem_handlers(app, estimator.room_seconds)
    install_openapi(app, settings.networks, kinds)
    _guard(app, settings, auth)
    return app


def _guard(app: FastAPI, settings: ApiSettings, auth: AuthDependencies) -> None:
    """Add the layers that a request passes, the innermost first."""
    limits, other_limits = body_limits(settings)
    app.add_middleware(BodyLimitsMiddleware, limits=limits, other_limits=other_limits)
    app.add_middleware(AuthMiddleware, auth=auth)
    app.add_middleware(HttpMetrics, counts=app.state.exposition.requests)
    app.add_middleware(RequestContext)
    allow_origins(app, settings.cors_origins)  # Added last, so it stands outermost.


def open_app(settings: ApiSettings, kinds: Kinds = KINDS) -> FastAPI:
    """Return the application over Redis, the data directory and Celery."""
    client = connect(settings.redis_url)
    stores = Stores(
        blobs=_blobs(settings),
        ledger=RedisLedger(client, settings.rules),
        doorbell=CeleryDoorbell(settings.redis_url),
        feed=RedisFeed(client),
        worker_registry=RedisWorkerRegistry(client, settings.rules),
        reservations=RedisReservations(client),
        keys=FileKeyRing(settings.keys_path, settings.api_keys_sha256),
        rates=shared_rates(client),
        link_secret=cache(partial(settings.service_secret, "links")),
        outbox=RedisOutbox(client),
        webhook_bell=CeleryWebhookBell(settings.redis_url),
        upload_records=RedisUploadRecords(client),
    )
    return build_app(settings, stores, kinds)


def _blobs(settings: ApiSettings) -> BlobStore:
    blobs = settings.open_blobs()
    # A disk answers or fails; what is reached over a network may do neither.
    return blobs if settings.blobs_url is None else GuardedBlobStore(blobs)


def _auth(settings: ApiSettings, stores: Stores) -> AuthDependencies:
    return AuthDependencies(
        keys=stores.keys,
        signer=LinkSigner(stores.link_secret),
        submissions=stores.rates,
        polls=local_rates(),
        submissions_per_minute=settings.submissions_per_minute,
        polls_per_second=settings.polls_per_second,
        origins=settings.cors_origins,
    )


def _watch(app: FastAPI, settings: ApiSettings, stores: Stores) -> Estimator:
    """Set up what tells how the service stands; return what others ask, too."""
    state = StateReader(stores.ledger, stores.worker_registry)
    estimator = Estimator(state, settings.queue_limit, HISTOGRAM_BOUNDS["wait_seconds"])
    app.state.state_reader = state
    app.state.estimator = estimator
    app.state.exposition = Exposition(state, HISTOGRAM_BOUNDS)
    app.state.catalogue = Catalogue.of(_facts(settings))
    app.state.check_readiness = partial(
        check_readiness, stores.ledger, stores.worker_registry, stores.blobs
    )
    return estimator


def _facts(settings: ApiSettings) -> ServiceFacts:
    return ServiceFacts(
        version=version("impasto"),
        networks=settings.networks,
        intake=intake_rules(settings),
        max_body_bytes=settings.max_body_bytes,
        queue_limit=settings.queue_limit,
        max_active_jobs=settings.active_limit,
        max_wait_s=MAX_WAIT_S,
        url_inputs=settings.url_inputs,
    )


def _job_dependencies(
    settings: ApiSettings, stores: Stores, kinds: Kinds, estimator: Estimator
) -> JobDependencies:
    return JobDependencies(
        kinds=kinds,
        blobs=stores.blobs,
        ledger=stores.ledger,
        doorbell=stores.doorbell,
        feed=stores.feed,
        worker_registry=stores.worker_registry,
        reservations=stores.reservations,
        job_cache=JobCache(
            stores.ledger, stores.feed, start_seconds=estimator.start_seconds
        ),
        closing=Closing(),
        transcoder=Transcoder(settings.decodes_at_once),
        stream=StreamRules(),
        estimator=estimator,
        waits=CapacityLimiter(settings.waits_at_once),
        redirects_downloads=settings.download_redirects,
    )


def _lifespan(
    stores: Stores, settings: ApiSettings
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        janitor, collector = build_maintenance(
            settings,
            blobs=stores.blobs,
            ledger=stores.ledger,
            doorbell=stores.doorbell,
            reservations=stores.reservations,
            outbox=stores.outbox,
            webhook_bell=stores.webhook_bell,
        )
        # Takes a second or two, and nobody needs to wait for it, not even the end.
        look = app.state.style_deps.library.warm_up
        threading.Thread(target=look, name="gallery", daemon=True).start()
        maintenance = asyncio.gather(
            janitor.work(settings.tidy_interval_s), collector.work()
        )
        try:
            job_cache = app.state.job_deps.job_cache
            async with stores.feed.listening(), job_cache.watching():
                yield
        finally:
            maintenance.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await maintenance

    return lifespan
