"""In which line a job waits, and what a worker must have to take it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Lane(StrEnum):
    """In which line a job waits: that of seconds, or that of minutes and hours."""

    SHORT = "short"
    LONG = "long"


#: The memory mode of a job that leaves it to the worker.
AUTO_MEMORY = "auto"


class Needs(BaseModel):
    """What a worker must have to take a job; None and 0 ask for nothing.

    Attributes:
        network: that it offers, by name.
        device: on which it computes.
        memory: the mode that is asked for; `auto` takes the first that fits.
        units: what its memory grows with: the pixels of a result.
    """

    model_config = ConfigDict(frozen=True)

    network: str | None = None
    device: str | None = None
    memory: str = AUTO_MEMORY
    units: int = 0
