"""A service whose queue's files were damaged starts, and paints what waited.

Each kind of damage is tried on Valkey alone in `tests/launcher`; here is one of them.
"""

import time
from pathlib import Path

import pytest

from tests.e2e.service import Service
from tests.launcher.damages import DAMAGES, StateFiles

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]

#: Too short to wait for, too long for all of them to end before the service stops.
SHORT = {"size": 64, "steps": 12, "preset": "draft"}


def test_jobs_that_waited_are_painted(
    pictures: tuple[Path, Path], tmp_path: Path
) -> None:
    service = Service(tmp_path / "data")
    try:
        service.start()
        jobs = [service.submit(*pictures, **SHORT, seed=seed) for seed in range(4)]
        service.stop()
        DAMAGES["base cut by 5 bytes"](StateFiles(service.data_dir))
        began_s = time.monotonic()
        service.start()
        took_s = time.monotonic() - began_s
        for job_id in jobs:
            job = service.wait_for(job_id, "succeeded", "failed")
            assert job["status"] == "succeeded", job["error"]
        assert took_s < 30
        assert ".damaged-" in service.log()
    finally:
        service.stop()
