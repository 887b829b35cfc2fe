"""The running service against its own OpenAPI document, with every check.

One process serves the application over memory; schemathesis' command line asks it. What
it invents is the same in every run.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.service import furnished_api, served

ROOT = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("schemathesis.toml")
LONGEST_S = 480
START = (
    "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"
)


def test_every_answer_is_as_the_document_promises(tmp_path: Path) -> None:
    pytest.importorskip("schemathesis", reason="comes with the extra `dev`")
    furnished = furnished_api()
    with served(furnished.api) as origin:
        done = subprocess.run(
            [
                *(sys.executable, "-c", START, "--config-file", str(CONFIG)),
                *("run", f"{origin}/openapi.json", "--checks", "all", "--no-color"),
            ],
            env={**os.environ, **furnished.ids, "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
