"""What can go wrong in the engine, by name; knows nothing of HTTP or of job states."""


class EngineError(Exception):
    """A picture could not be made; the message says why and who should act."""


class WeightsError(EngineError):
    """The network's weights are missing, or not the ones we trust."""


class BackendError(EngineError):
    """A way to compute can not be had on this machine; plain torch always can."""


class NumericalDivergenceError(EngineError):
    """The optimization left the finite numbers."""


class TrainingDivergedError(NumericalDivergenceError):
    """A training got worse and worse, twice; its rate is too high."""


class OutOfMemoryError(EngineError):
    """The picture needs more memory than the device has."""


class ExceedsMemoryError(EngineError):
    """The picture can not fit; known, and refused, before anything is computed."""


class StateError(EngineError):
    """A saved state can not be gone on from: damaged, or another job's."""


class DatasetError(EngineError):
    """A data set is not there, or one of its pictures is not what its list says."""
