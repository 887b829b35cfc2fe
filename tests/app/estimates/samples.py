"""Finished jobs and cards for tests of estimates."""

from datetime import UTC, datetime
from typing import Any

from app.contract.kinds.image.work import work_of_steps
from app.contract.samples import Sample

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def sample(seconds_per_work: float = 2.0, **changes: Any) -> Sample:
    """Return a job whose optimization took so long for each megapixel-step."""
    values: dict[str, Any] = {
        "device": "cpu",
        "precision": "float32",
        "convolutions": "winograd",
        "network": "vgg19",
        "style_loss": "wasserstein",
        "optimizer": "adam",
        "memory": "auto",
        "preset": "standard",
        "width": 512,
        "height": 384,
        "steps": 250,
        "styles": 1,
        "setup_seconds": 1.0,
        "peak_memory_bytes": None,
        "finished_at": NOW,
        **changes,
    }
    work = work_of_steps(
        values["preset"], values["steps"], values["width"], values["height"]
    )
    values.setdefault("predict_seconds", seconds_per_work * work)
    return Sample(**values)
