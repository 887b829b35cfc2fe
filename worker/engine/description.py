"""What a picture depends on besides its inputs and options."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineDescription:
    """What a picture depends on besides its inputs and options."""

    algorithm: str
    network: str
    weights_sha256: str
    device: str
    precision: str
    convolutions: str
    threads: int
    torch: str
    deterministic: bool
