"""Finished jobs and workers for tests of estimates."""

from datetime import UTC, datetime
from typing import Any

from app.contract.inputs import Input
from app.contract.painting.ladder import work_of_steps
from app.contract.records.samples import Sample

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def sample(seconds_per_work: float = 2.0, **changes: Any) -> Sample:
    """Return a job whose optimization took so long for each megapixel-step."""
    traits = {
        "network": "vgg19",
        "style_loss": "wasserstein",
        "optimizer": "adam",
        "memory": "auto",
        "preset": "standard",
        "width": 512,
        "height": 384,
        "styles": 1,
    }
    traits |= {name: changes.pop(name) for name in traits if name in changes}
    values: dict[str, Any] = {
        "kind": "image",
        "device": "cpu",
        "precision": "float32",
        "convolutions": "winograd",
        "traits": traits,
        "steps": 250,
        "setup_seconds": 1.0,
        "peak_memory_bytes": None,
        "finished_at": NOW,
        **changes,
    }
    work = work_of_steps(
        traits["preset"], values["steps"], traits["width"], traits["height"]
    )
    values.setdefault("work", work)
    values.setdefault("predict_seconds", seconds_per_work * work)
    return Sample(**values)


def pair(width: int, height: int) -> dict[str, Input]:
    """Return what is known of a photograph of this size, and of a painting."""
    facts = {"width": width, "height": height}
    picture = Input(media_type="image/png", sha256="ab" * 32, facts=facts)
    return {"content": picture, "style/0": picture}
