"""`python -m worker`: one worker process, configured by the environment."""

import sys

from pydantic import ValidationError

from worker.celery_app import run_worker
from worker.settings import WorkerSettings


def main() -> int:
    """Work until told to stop; say in words what is wrong with the settings."""
    try:
        settings = WorkerSettings()
    except ValidationError as error:
        sys.stderr.write(f"impasto worker: {error}\n")
        return 2
    return run_worker(settings)


if __name__ == "__main__":
    sys.exit(main())
