"""What a picture depends on besides its inputs and options."""

from dataclasses import dataclass

#: Raised by whoever changes the pictures that equal inputs give.
ALGORITHM = "impasto-wasserstein@4"


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
