"""What an engine says that a result depends on, in the contract's words."""

from dataclasses import asdict

from app.contract.jobs import Reproducibility
from worker.engine import EngineDescription


def reproducibility_of(
    told: EngineDescription, **instead: str | bool
) -> Reproducibility:
    """Return what else must be equal for the same bytes of a job.

    Args:
        told: by the engine.
        instead: what is not as the engine tells it, because others take part.
    """
    values = {**asdict(told), **instead}
    del values["network"]
    return Reproducibility(**values)
