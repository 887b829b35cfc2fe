"""`python -m worker.engine`."""

import os
import sys

from worker.engine.cli import main

#: How often an OpenMP thread looks for work before it sleeps. The default (forever,
#: nearly) starves whoever else needs the core, and is starved: beside other programs a
#: draft took three to six times as long. libgomp reads it when it is loaded.
_SPINS = {"GOMP_SPINCOUNT": "2000"}


def _with_patient_threads() -> None:
    """Begin again with the variable set, unless somebody has set it."""
    if sys.platform == "linux" and not _SPINS.keys() & os.environ.keys():
        environment = os.environ | _SPINS
        os.execve(sys.executable, sys.orig_argv, environment)  # noqa: S606


if __name__ == "__main__":
    _with_patient_threads()
    sys.exit(main())
