"""A worker like any other, but its network is a few thousand times cheaper.

`python -m tests.chaos.small_worker` is `python -m worker` with the small seeded network
of the engine's tests: jobs are painted by the real engine, step by step and with real
losses, in a second, and a killed worker is back in a few. Celery's spawned child
imports this file again under another name: there the network is replaced, and only
there torch is loaded.
"""

import sys


def _paint_with_the_small_network() -> None:
    """Let `ImageRunner.load` of this process give the small network."""
    from tests.engine.conftest import new_small_engine  # noqa: PLC0415
    from worker.engine.machine.device import use_threads  # noqa: PLC0415
    from worker.runners.image import ImageRunner  # noqa: PLC0415
    from worker.settings import WorkerSettings  # noqa: PLC0415

    def load(settings: WorkerSettings) -> ImageRunner:
        use_threads(settings.threads or 1)
        return ImageRunner(new_small_engine(), settings.networks)

    ImageRunner.load = staticmethod(load)  # type: ignore[method-assign]


if __name__ == "__main__":
    from worker.__main__ import main

    sys.exit(main())
elif __name__ == "__mp_main__":
    _paint_with_the_small_network()
