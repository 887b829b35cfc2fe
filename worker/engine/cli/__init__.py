"""The engine as a command: `python -m worker.engine`.

Speaks with a person at a terminal; the only room here that prints.
"""

from worker.engine.cli.main import main

__all__ = ["main"]
