"""Makes what submissions and the janitor work with, from settings and ports.

A part of the composition root, `app.main`, on a page of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from anyio import CapacityLimiter
from pydantic import BaseModel

from app.archive.rebuilding import Rebuilder
from app.contract.inputs import Inputs
from app.contract.keys import KeyRing
from app.contract.kind import AnyKind, Kinds
from app.contract.kinds import KINDS
from app.contract.kinds.pointcloud.limits import MAX_CLOUD_BYTES
from app.contract.ports import (
    BlobStore,
    Doorbell,
    Feed,
    Ledger,
    Outbox,
    Reservations,
    StyleCatalogue,
    UploadRecords,
    WebhookBell,
    WorkerRegistry,
)
from app.contract.rates import RateLimiter
from app.datasets.catalogue import DatasetCatalogue
from app.estimates import require_memory
from app.http.bodies.multipart import FormLimits
from app.http.edge.body_limits import BodyLimits
from app.intake import CloudRules, IntakeRules, VideoRules
from app.operations.garbage import GarbageCollector
from app.operations.janitor import Janitor
from app.outbound import OutboundClient, OutboundLimits, OutboundRules
from app.outbound.pictures import PictureFetcher
from app.settings import ApiSettings
from app.styles.dependencies import StyleDependencies
from app.styles.library import StyleLibrary
from app.submissions.dependencies import SubmissionDependencies
from app.uploads.dependencies import UploadDependencies
from app.uploads.uploads import Uploads
from app.webhooks.registration import Registrar

#: Who sends a request again because an API died must not wait for long.
_RESERVATION_PATIENCE_S = 10.0


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


def build_submission_dependencies(
    settings: ApiSettings,
    stores: Stores,
    kinds: Kinds,
    style_catalogue: StyleCatalogue,
    uploaded: Uploads,
) -> SubmissionDependencies:
    """Return the dependencies; nothing is opened or asked yet."""
    datasets = DatasetCatalogue(settings.datasets_path)

    def require_room_in_memory(
        kind: AnyKind, params: BaseModel, inputs: Inputs
    ) -> None:
        require_memory(stores.worker_registry.workers(), kind, params, inputs)

    offered = {kind.name for kind in kinds}
    return SubmissionDependencies(
        kinds=kinds,
        missing=tuple(each for each in KINDS if each.name not in offered),
        blobs=stores.blobs,
        ledger=stores.ledger,
        doorbell=stores.doorbell,
        reservations=stores.reservations,
        style_catalogue=style_catalogue,
        fetcher=_fetcher(settings),
        uploaded=uploaded,
        accept_webhook=_registrar(settings).accept,
        require_memory=require_room_in_memory,
        intake=intake_rules(settings),
        form=FormLimits(max_file_bytes=settings.max_image_bytes),
        networks=settings.networks,
        datasets=lambda: datasets.names,
        withheld=settings.withheld,
        queue_limit=settings.queue_limit,
        active_limit=settings.active_limit,
        uploads=CapacityLimiter(settings.uploads_at_once),
        upload_patience_s=settings.upload_patience_s,
        batches=CapacityLimiter(settings.batches_at_once),
        decodes=CapacityLimiter(settings.decodes_at_once),
        large_decodes=CapacityLimiter(1),
        errands=CapacityLimiter(settings.errands_at_once),
        # A body's longest time, and some for decoding.
        reservation_patience_s=_RESERVATION_PATIENCE_S,
    )


def build_style_dependencies(
    settings: ApiSettings,
    library: StyleLibrary,
    submission_deps: SubmissionDependencies,
) -> StyleDependencies:
    """Return what the handlers of styles work with; what bounds uploads is shared."""
    return StyleDependencies(
        library=library,
        intake=submission_deps.intake,
        form=submission_deps.form,
        uploads=submission_deps.uploads,
        upload_patience_s=settings.upload_patience_s,
        decodes=submission_deps.decodes,
        large_decodes=submission_deps.large_decodes,
    )


def build_upload_dependencies(
    settings: ApiSettings, stores: Stores
) -> UploadDependencies:
    """Return what the handlers of uploads work with."""
    return UploadDependencies(
        uploads=Uploads(
            records=stores.upload_records,
            blobs=stores.blobs,
            intake=intake_rules(settings),
            max_bytes=settings.max_upload_bytes,
            bytes_per_key=settings.upload_bytes_per_key,
        ),
        places=CapacityLimiter(settings.uploads_at_once),
        patience_s=settings.upload_patience_s,
    )


def body_limits(settings: ApiSettings) -> tuple[BodyLimits, dict[str, BodyLimits]]:
    """Return what a body may cost, and what on some paths instead."""
    limits = BodyLimits(
        max_bytes=settings.max_body_bytes,
        idle_s=settings.body_idle_s,
        grace_s=settings.body_grace_s,
        min_bytes_per_s=settings.min_body_bytes_per_s,
        max_s=settings.max_body_s,
    )
    long = replace(
        limits, max_bytes=settings.max_upload_bytes, max_s=settings.max_upload_s
    )
    return limits, {"/v1/uploads/**": long}


def build_maintenance(
    settings: ApiSettings, stores: Stores
) -> tuple[Janitor, GarbageCollector]:
    """Return who keeps the promises that a crash left open, and who tidies up."""
    rebuilder = Rebuilder(
        ledger=stores.ledger,
        blobs=stores.blobs,
        reservations=stores.reservations,
        record_ttl_s=settings.record_ttl_s,
    )
    janitor = Janitor(
        ledger=stores.ledger,
        doorbell=stores.doorbell,
        blobs=stores.blobs,
        outbox=stores.outbox,
        webhook_bell=stores.webhook_bell,
        rebuilder=rebuilder,
    )
    collector = GarbageCollector(
        ledger=stores.ledger,
        blobs=stores.blobs,
        rebuilder=rebuilder,
        interval_s=settings.garbage_interval_s,
        grace_s=settings.garbage_grace_s,
    )
    return janitor, collector


def intake_rules(settings: ApiSettings) -> IntakeRules:
    """Return what a picture may measure."""
    return IntakeRules(
        max_bytes=settings.max_image_bytes,
        max_pixels=settings.max_image_pixels,
        min_side_px=settings.min_image_side_px,
        max_aspect=settings.max_image_aspect,
        stored_side_px=settings.stored_side_px,
        video=VideoRules(
            max_bytes=settings.max_upload_bytes,
            max_seconds=settings.max_video_seconds,
            max_frames=settings.max_video_frames,
            max_pixels=settings.max_video_pixels,
        ),
        cloud=CloudRules(max_bytes=min(MAX_CLOUD_BYTES, settings.max_upload_bytes)),
    )


def _fetcher(settings: ApiSettings) -> PictureFetcher:
    rules = OutboundRules(allow_private=settings.allow_private_urls)
    limits = OutboundLimits(
        total_s=settings.url_timeout_s, max_bytes=settings.max_image_bytes
    )
    return PictureFetcher(OutboundClient(rules), limits, settings.url_inputs)


def _registrar(settings: ApiSettings) -> Registrar:
    rules = OutboundRules(
        schemes=settings.webhook_schemes, allow_private=settings.allow_private_urls
    )
    return Registrar(OutboundClient(rules).check)
