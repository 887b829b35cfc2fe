"""What a worker says of itself, put together from what its runners say."""

from dataclasses import dataclass
from itertools import chain

from app.contract.workers import WorkerInfo
from worker.runners.runner import Runners


@dataclass(frozen=True)
class CombinedInfo:
    """Of a worker; its first runner speaks for the device and for the process."""

    runners: Runners

    def info(self, name: str) -> WorkerInfo:
        """Return what a worker of that name is; ask between two jobs."""
        infos = [each.info(name) for each in self.runners.values()]
        networks = chain.from_iterable(each.networks for each in infos)
        return infos[0].model_copy(update={"networks": tuple(dict.fromkeys(networks))})

    def process_bytes(self) -> int | None:
        """Return the memory that this process holds now, None if it is not known."""
        return next(iter(self.runners.values())).process_bytes()
