"""Examples of pictures' jobs for the OpenAPI document; tests hold them to schemas."""

from typing import Any

from app.contract.views.job_parts import UrlsView
from app.contract.views.kinds import BodyExample

_ID = "job_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d"
_URL = f"http://localhost:8000/v1/jobs/{_ID}"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

#: Shorter than any picture: what stands for one.
_DATA = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ=="

BODIES = (
    BodyExample(
        "submit_job",
        "library",
        "A photograph, and a painting of the library",
        {
            "content": {"data": _DATA},
            "styles": [{"style_id": "starry_night"}],
            "params": {"preset": "draft", "seed": 7},
        },
    ),
    BodyExample(
        "submit_job",
        "everything",
        "Two paintings with weights, told to a webhook",
        {
            "content": {"url": "https://example.com/photo.jpg"},
            "styles": [{"data": _DATA}, {"style_id": "starry_night"}],
            "params": {"style_weights": [1, 0.5], "size": 1024},
            "metadata": {"user": "ada"},
            "webhook": {"url": "https://example.com/hooks/impasto"},
            "ttl_seconds": 3600,
        },
    ),
    BodyExample(
        "submit_batch",
        "two",
        "Two photographs in the manner of one painting",
        {
            "contents": [
                {"url": "https://example.com/garden.jpg"},
                {"url": "https://example.com/street.jpg"},
            ],
            "styles": [{"style_id": "starry_night"}],
            "params": {"preset": "draft"},
        },
    ),
    BodyExample(
        "retry_job",
        "stronger",
        "The same with more style and a new seed",
        {"params": {"style_strength": 0.8, "seed": None}},
    ),
)

# Any: JSON of mixed kinds.
#: One that is being painted.
_JOB: dict[str, Any] = {
    "id": _ID,
    "object": "job",
    "kind": "image",
    "status": "processing",
    "revision": 41,
    "attempt": 1,
    "created_at": "2026-01-02T03:04:05.000000Z",
    "started_at": "2026-01-02T03:04:05.400000Z",
    "completed_at": None,
    "cancel_requested_at": None,
    "cancel_reason": None,
    "finish_requested_at": None,
    "deadline_at": None,
    "queue": {"position": None, "estimated_start_seconds": None, "hint": None},
    "progress": {
        "fraction": 0.42,
        "step": 105,
        "total_steps": 250,
        "unit": "steps",
        "scale": 3,
        "total_scales": 5,
        "width": 362,
        "height": 272,
        "loss": {"total": 0.81, "content": 0.09, "style": 0.71, "tv": 0.01},
        "steps_per_second": 31.8,
        "elapsed_seconds": 3.3,
        "eta_seconds": 4.6,
        "updated_at": "2026-01-02T03:04:08.700000Z",
    },
    "params": {"preset": "standard", "steps": 250, "seed": 7, "style_weights": [1.0]},
    "input": {
        "content": {
            "sha256": _SHA256,
            "width": 1600,
            "height": 1200,
            "media_type": "image/png",
        },
        "styles": [
            {
                "sha256": _SHA256,
                "width": 1024,
                "height": 811,
                "media_type": "image/png",
            }
        ],
    },
    "result": None,
    "error": None,
    "metrics": {
        "queue_seconds": 0.4,
        "setup_seconds": None,
        "predict_seconds": None,
        "peak_memory_bytes": None,
    },
    "reproducibility": None,
    "retry_of": None,
    "reused_from": None,
    "batch_id": None,
    "resumed_from_step": None,
    "priority": "normal",
    "ttl_seconds": 86400,
    "webhook": None,
    "metadata": {"user": "ada"},
    "urls": {
        "self": _URL,
        **{name: f"{_URL}/{name}" for name in UrlsView.model_fields if name != "self_"},
    },
}
#: Learnt from a few jobs of a computer without a GPU.
_ESTIMATE: dict[str, Any] = {
    "object": "estimate",
    "width": 512,
    "height": 384,
    "predict_seconds": {"p50": 21.4, "p90": 24.9},
    "wait_seconds": {"p50": 0.0, "p90": 0.0},
    "memory_bytes": 1360000000,
    "fits": True,
    "largest_size": 2048,
    "samples": 12,
    "based_on": "12 finished jobs of the same kind on cpu",
}

#: By the names of their schemas.
ANSWERS = {"JobView": _JOB, "EstimateView": _ESTIMATE}
