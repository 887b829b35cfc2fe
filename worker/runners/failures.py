"""How a job ends that the engine could not do, in the contract's words."""

from app.contract.failures import FailureCode
from worker.engine.errors import (
    DatasetError,
    EngineError,
    NumericalDivergenceError,
    OutOfMemoryError,
    TrainingDivergedError,
)
from worker.runners.runner import RunFailedError

#: The first that an error is an instance of; the engine's other errors are ours.
_CODES: tuple[tuple[type[EngineError], FailureCode], ...] = (
    (OutOfMemoryError, FailureCode.OUT_OF_MEMORY),
    (TrainingDivergedError, FailureCode.TRAINING_DIVERGED),
    (NumericalDivergenceError, FailureCode.NUMERICAL_DIVERGENCE),
    (DatasetError, FailureCode.DATASET_UNAVAILABLE),
    (EngineError, FailureCode.INTERNAL_ERROR),
)


def failed(error: EngineError) -> RunFailedError:
    """Return how a job ends that the engine could not do."""
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    return RunFailedError(code, str(error))
