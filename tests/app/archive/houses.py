"""A house that can lose its ledger, and those who clean up after that."""

from app.equipment import equip_chores
from app.operations.garbage import GarbageCollector
from app.operations.janitor import Janitor
from app.settings import ApiSettings
from tests.app.conftest import House


def lose_everything(house: House) -> None:
    house.ledger.lose_everything()
    house.doorbell.rung.clear()


def chores_of(house: House, **settings: float) -> tuple[Janitor, GarbageCollector]:
    return equip_chores(
        ApiSettings(**{"garbage_grace_s": 60.0, **settings}),
        blobs=house.blobs,
        ledger=house.ledger,
        doorbell=house.doorbell,
        reservations=house.reservations,
        outbox=house.outbox,
        webhook_bell=house.webhook_bell,
    )


def janitor_of(house: House) -> Janitor:
    return chores_of(house)[0]


def files_of(house: House, folder: str = "jobs") -> set[str]:
    return set(house.blobs.keys(folder))


def age(house: House, seconds: float = 3600.0) -> None:
    """Make every file so much older."""
    written_s = house.blobs.written_s
    written_s.update({key: at_s - seconds for key, at_s in written_s.items()})
