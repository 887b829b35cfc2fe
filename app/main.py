"""The composition root: the only place where stores, features and HTTP meet."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache, partial
from importlib.metadata import version

from anyio import CapacityLimiter
from fastapi import FastAPI

from app.batches.routes import router as batches_router
from app.capabilities.catalogue import ServiceFacts
from app.capabilities.routes import Catalogue
from app.capabilities.routes import router as capabilities_router
from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from app.contract.ports import (
    BlobStore,
)
from app.datasets.catalogue import DatasetCatalogue
from app.datasets.routes import router as datasets_router
from app.estimates import Estimator, StateReader
from app.http.access.cors import allow_origins
from app.http.access.links import LinkSigner
from app.http.access.middleware import AuthDependencies, AuthMiddleware
from app.http.answers.preferences import MAX_WAIT_S
from app.http.answers.problem_responses import install_problem_handlers
from app.http.edge.body_limits import BodyLimitsMiddleware
from app.http.edge.closing import Closing
from app.http.edge.origins import PublicUrl
from app.http.edge.request_context import RequestContext
from app.http.openapi.schema import install_openapi
from app.http.services import Services
from app.jobs.dependencies import JobDependencies
from app.jobs.estimates import estimate_body
from app.jobs.estimates import router as estimates_router
from app.jobs.job_cache import JobCache
from app.jobs.routes import ROUTERS as JOBS_ROUTERS
from app.jobs.stream import StreamRules
from app.operations.dependencies import OperationsDependencies
from app.operations.documentation import router as documentation_router
from app.operations.health import check_readiness
from app.operations.metrics import Exposition, HttpMetrics
from app.operations.metrics.routes import router as metrics_router
from app.operations.routes import router as operations_router
from app.operations.status import router as status_router
from app.renditions.pictures import Transcoder
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
from app.styles.dependencies import StyleDependencies
from app.styles.library import StyleLibrary
from app.styles.routes import router as styles_router
from app.submissions.schemas import request_bodies
from app.uploads.routes import router as uploads_router
from app.web.routes import router as web_router
from app.webhooks.dependencies import WebhookDependencies
from app.webhooks.routes import router as webhooks_router
from app.wiring import (
    Stores,
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
    datasets_router,
    webhooks_router,
    capabilities_router,
    status_router,
    operations_router,
    metrics_router,
    documentation_router,
    web_router,
)


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
    auth = _auth(settings, stores)
    operations = _operations(settings, stores)
    app.state.services = _services(settings, stores, kinds, auth.signer, operations)
    for router in _ROUTERS:
        app.include_router(router)
    install_problem_handlers(app, operations.estimator.room_seconds)
    bodies = {**request_bodies(kinds), **estimate_body(kinds)}
    install_openapi(app, settings.public_url, settings.networks, kinds, bodies)
    _guard(app, settings, auth, operations.exposition)
    return app


def _guard(
    app: FastAPI, settings: ApiSettings, auth: AuthDependencies, exposition: Exposition
) -> None:
    """Add the layers that a request passes, the innermost first."""
    limits, other_limits = body_limits(settings)
    app.add_middleware(BodyLimitsMiddleware, limits=limits, other_limits=other_limits)
    app.add_middleware(AuthMiddleware, auth=auth)
    app.add_middleware(HttpMetrics, counts=exposition.requests)
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


def _operations(settings: ApiSettings, stores: Stores) -> OperationsDependencies:
    state = StateReader(stores.ledger, stores.worker_registry)
    bounds = HISTOGRAM_BOUNDS["wait_seconds"]
    return OperationsDependencies(
        estimator=Estimator(state, settings.queue_limit, bounds),
        state=state,
        exposition=Exposition(state, HISTOGRAM_BOUNDS),
        check_readiness=partial(
            check_readiness, stores.ledger, stores.worker_registry, stores.blobs
        ),
    )


def _services(
    settings: ApiSettings,
    stores: Stores,
    kinds: Kinds,
    signer: LinkSigner,
    operations: OperationsDependencies,
) -> Services:
    library = StyleLibrary(stores.blobs, settings.library_limit)
    uploads = build_upload_dependencies(settings, stores)
    submissions = build_submission_dependencies(
        settings, stores, kinds, library, uploads.uploads
    )
    webhooks = WebhookDependencies(
        ledger=stores.ledger, outbox=stores.outbox, bell=stores.webhook_bell
    )
    return Services(
        (
            _job_dependencies(settings, stores, kinds, operations.estimator),
            PublicUrl(settings.public_url),
            signer,
            submissions,
            build_style_dependencies(settings, library, submissions),
            uploads,
            webhooks,
            operations,
            DatasetCatalogue(settings.datasets_path),
            Catalogue(_facts(settings, kinds), operations.state),
        )
    )


def _facts(settings: ApiSettings, kinds: Kinds) -> ServiceFacts:
    return ServiceFacts(
        version=version("impasto"),
        kinds=kinds,
        networks=settings.networks,
        withheld=settings.withheld,
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
        feed=stores.feed,
        job_cache=JobCache(stores.ledger, stores.feed, queue_of=estimator.queue_of),
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
        janitor, collector = build_maintenance(settings, stores)
        services: Services = app.state.services
        # Takes a second or two, and nobody needs to wait for it, not even the end.
        look = services.of(StyleDependencies).library.warm_up
        threading.Thread(target=look, name="gallery", daemon=True).start()
        maintenance = asyncio.gather(
            janitor.work(settings.tidy_interval_s), collector.work()
        )
        try:
            job_cache = services.of(JobDependencies).job_cache
            async with stores.feed.listening(), job_cache.watching():
                yield
        finally:
            maintenance.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await maintenance

    return lifespan
