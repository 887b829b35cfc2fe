"""Examples for the OpenAPI document; a test holds them to their schemas."""

from typing import Any

from app.contract.views.job_parts import UrlsView

_ID = "job_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d"
_URL = f"http://localhost:8000/v1/jobs/{_ID}"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

# Any: JSON of mixed kinds.
#: One that is being painted.
JOB: dict[str, Any] = {
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
ESTIMATE: dict[str, Any] = {
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
QUEUE: dict[str, Any] = {
    "object": "queue",
    "depth": 3,
    "limit": 100,
    "running": 1,
    "workers": 1,
    "median_wait_seconds": 1.6,
    "median_run_seconds": 22.3,
    "estimated_wait_seconds": {"p50": 75.0, "p90": 82.0},
    "steps_per_second": 31.8,
    "lanes": {
        "short": {
            "depth": 0,
            "running": 0,
            "workers": 1,
            "estimated_wait_seconds": {"p50": 0.0, "p90": 0.0},
        },
        "long": {
            "depth": 3,
            "running": 1,
            "workers": 1,
            "estimated_wait_seconds": {"p50": 75.0, "p90": 82.0},
        },
    },
    "hint": None,
}

#: By the names of their schemas.
EXAMPLES = {"JobView": JOB, "EstimateView": ESTIMATE, "QueueStateView": QUEUE}
