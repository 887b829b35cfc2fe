"""What a finished job cost: the service learns its estimates from these."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Sample(BaseModel):
    """One job that succeeded without an early stop.

    Attributes:
        width: of the result, in pixels.
        steps: over all scales.
        predict_seconds: of the optimization alone.
        work: megapixel-steps; None where only the steps were noted.
    """

    model_config = ConfigDict(frozen=True)

    device: str
    precision: str
    convolutions: str
    network: str
    style_loss: str
    optimizer: str
    memory: str
    preset: str
    width: int
    height: int
    steps: int
    styles: int
    setup_seconds: float
    predict_seconds: float
    work: float | None = None
    peak_memory_bytes: int | None
    finished_at: datetime
