"""What a finished job cost: the service learns its estimates from these."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from app.contract.inputs import Facts


class Sample(BaseModel):
    """One job that succeeded without an early stop.

    Attributes:
        traits: by which the kind compares jobs.
        steps: over all stages.
        work: by the kind's reckoning, of what was made.
        predict_seconds: of the steps alone.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    device: str
    precision: str
    convolutions: str
    traits: Facts
    steps: int
    work: float
    setup_seconds: float
    predict_seconds: float
    peak_memory_bytes: int | None
    finished_at: datetime
