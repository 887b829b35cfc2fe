"""What stands between a job and whoever runs it: errors of ours, and nothing kept."""

import traceback
from collections.abc import Iterator
from typing import TypeVar

import torch

from worker.engine.errors import OutOfMemoryError
from worker.engine.machine import device as devices

_Step = TypeVar("_Step")


def error_boundary(steps: Iterator[_Step], device: torch.device) -> Iterator[_Step]:
    """Yield the steps; whatever is raised holds no tensors, however long it is kept.

    Args:
        steps: of one job.
        device: where it computes; its peak of memory is measured from here.
    """
    devices.reset_peak_memory(device)
    try:
        yield from steps
    except Exception as error:  # noqa: BLE001 - raised again below
        # A kept exception keeps its frames, and those hold the job's tensors.
        came_from = "".join(traceback.format_tb(error.__traceback__))
        traceback.clear_frames(error.__traceback__)
        failure = _translated(error).with_traceback(None)
        failure.__context__ = None
        failure.add_note(f"raised in the engine, at:\n{came_from}")
    else:
        return
    finally:
        devices.release_freed_memory()
    raise failure


def _translated(error: Exception) -> Exception:
    """Return torch's ways to say that memory is short as one error of ours."""
    if devices.is_out_of_memory(error):
        return OutOfMemoryError(
            "the device has not enough memory for this picture: ask for a smaller size"
        )
    return error
