"""`python -m worker`: one worker process, configured by the environment."""

import os
import sys


def main() -> int:
    """Work until told to stop; say in words what is wrong with the settings."""
    # Not at the top: see below.
    from pydantic import ValidationError  # noqa: PLC0415

    from app.environment import tidy_environment  # noqa: PLC0415
    from worker.queue.celery_app import run_worker  # noqa: PLC0415
    from worker.settings import WorkerSettings  # noqa: PLC0415

    tidy_environment()
    try:
        settings = WorkerSettings()
    except ValidationError as error:
        sys.stderr.write(f"impasto worker: {error}\n")
        return 2
    return run_worker(settings)


def _leave_out_the_current_directory() -> None:
    """Begin again with `-P`: whatever lies there is called as it likes."""
    if not sys.flags.safe_path:
        words = [sys.executable, "-P", *sys.orig_argv[1:]]
        os.execv(sys.executable, words)  # noqa: S606 - this program


if __name__ == "__main__":
    _leave_out_the_current_directory()
    sys.exit(main())
