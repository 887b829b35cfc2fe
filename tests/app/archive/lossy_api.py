"""An API that can lose its ledger, and those who clean up after that."""

from app.operations.garbage import GarbageCollector
from app.operations.janitor import Janitor
from app.settings import ApiSettings
from app.wiring import build_maintenance
from tests.app.conftest import ApiHarness


def lose_everything(api: ApiHarness) -> None:
    api.ledger.lose_everything()
    api.doorbell.rung.clear()


def maintenance_of(
    api: ApiHarness, **settings: float
) -> tuple[Janitor, GarbageCollector]:
    rules = ApiSettings(**{"garbage_grace_s": 60.0, **settings})
    return build_maintenance(rules, api.stores)


def janitor_of(api: ApiHarness) -> Janitor:
    return maintenance_of(api)[0]


def files_of(api: ApiHarness, folder: str = "jobs") -> set[str]:
    return set(api.blobs.keys(folder))


def age(api: ApiHarness, seconds: float = 3600.0) -> None:
    """Make every file so much older."""
    written_s = api.blobs.written_s
    written_s.update({key: at_s - seconds for key, at_s in written_s.items()})
