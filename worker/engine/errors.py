"""What can go wrong in the press, by name; knows nothing of HTTP or of job states."""


class EngineError(Exception):
    """A picture could not be made; the message says why and who should act."""


class WeightsError(EngineError):
    """The network's weights are missing, or not the ones we trust."""


class NumericalDivergenceError(EngineError):
    """The optimization left the finite numbers."""


class OutOfMemoryError(EngineError):
    """The picture needs more memory than the device has."""


class Interrupted(Exception):  # noqa: N818 - being asked to stop is not an error
    """Somebody set the `stop` event; the job's tensors are gone.

    Not an `EngineError`: whoever handles failures must not take a wish for one.
    """
