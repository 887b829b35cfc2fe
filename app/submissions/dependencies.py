"""What submissions are received with; `app.main` sets one up for each application."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends
from pydantic import BaseModel, JsonValue

from app.contract.inputs import Inputs
from app.contract.kind import AnyKind, Kinds
from app.contract.messages.webhooks import Webhook
from app.contract.ports import BlobStore, Doorbell, Ledger, Reservations, StyleCatalogue
from app.http.bodies.json_bodies import JsonLimits
from app.http.bodies.multipart import FormLimits
from app.http.services import dependency
from app.intake import IntakeRules
from app.submissions.files.sources import FileFetcher
from app.submissions.offers import Offer, find_kind, require_batches
from app.uploads.uploads import Uploads


def admit(_kind: AnyKind, _params: BaseModel, _inputs: Inputs) -> None:
    """Refuse nothing: what is done where nobody knows what workers can hold."""


@dataclass(frozen=True, kw_only=True)
class SubmissionDependencies:
    """Ports, rules, and the limiters that bound what happens at once."""

    blobs: BlobStore
    ledger: Ledger
    doorbell: Doorbell
    reservations: Reservations
    style_catalogue: StyleCatalogue
    #: Brings files that were named by their URL.
    fetcher: FileFetcher
    #: Knows the files that came before.
    uploaded: Uploads
    #: Judges what came as `webhook`; may take seconds.
    accept_webhook: Callable[[JsonValue], Webhook]
    #: Refuses what no live worker can hold.
    require_memory: Callable[[AnyKind, BaseModel, Inputs], None] = admit
    #: Those that a job may be of.
    kinds: Kinds
    #: Those that there are, but not here.
    missing: tuple[AnyKind, ...] = ()
    intake: IntakeRules
    form: FormLimits
    json: JsonLimits = field(default_factory=JsonLimits)
    #: Those that a job may ask for.
    networks: tuple[str, ...]
    #: Returns the data sets that there are, by name.
    datasets: Callable[[], Sequence[str]] = lambda: ()
    #: Engines that this service does not have.
    withheld: frozenset[str] = frozenset()
    queue_limit: int
    active_limit: int
    #: Bodies read at once, and how long another waits for its turn.
    uploads: CapacityLimiter
    upload_patience_s: float
    #: Bodies of batches among them: each may have 33 files.
    batches: CapacityLimiter
    #: Pictures decoded at once, and the one place for large ones: see `decode_limiter`.
    decodes: CapacityLimiter
    large_decodes: CapacityLimiter
    #: Foreign hosts asked at once.
    errands: CapacityLimiter
    #: A request with an Idempotency-Key whose process is silent for so long is dead.
    reservation_patience_s: float

    def offer(self, name: JsonValue = None, *, is_batch: bool = False) -> Offer:
        """Return what is offered of a kind, of the default one if none is named.

        Raises:
            ProblemError: There is no such kind, or none of which batches are taken.
        """
        default = self.kinds.default
        kind = default if name is None else find_kind(self.kinds, name, self.missing)
        if is_batch:
            require_batches(self.kinds, kind)
        return Offer(
            kind=kind,
            networks=self.networks,
            others=tuple(each for each in self.kinds if each is not kind),
            is_default=kind is default,
            is_batch=is_batch,
            withheld=self.withheld,
        )


TheSubmissionDependencies = Annotated[
    SubmissionDependencies, Depends(dependency(SubmissionDependencies))
]
