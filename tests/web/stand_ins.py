"""Answers of the paths that the application does not serve yet.

Each is given only where the application has no such route; when it has, the real one is
tested without a change here. What is left unused can go.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.routing import Match

from app.contract.parameters import StyleTransferParameters

Answer = dict[str, Any]


def capabilities() -> Answer:
    return {
        "object": "capabilities",
        "limits": {"max_styles": 4, "min_size": 64, "max_size": 4096},
        "presets": [
            {"name": "draft", "steps": 100},
            {"name": "standard", "steps": 250},
            {"name": "high", "steps": 800},
        ],
        "params_schema": StyleTransferParameters.model_json_schema(),
    }


def estimate() -> Answer:
    return {
        "predict_seconds": {"p50": 12.0, "p90": 30.0},
        "wait_seconds": {"p50": 0.0, "p90": 0.0},
        "fits": True,
    }


_ANSWERS = {
    ("GET", "/v1/capabilities"): capabilities,
    ("POST", "/v1/estimates"): estimate,
}


def stand_in(app: FastAPI, method: str, url: str) -> Answer | None:
    """Return what the application would answer; None if it has the path itself."""
    path = "/v1/" + urlsplit(url).path.rpartition("/v1/")[2]
    answer = _ANSWERS.get((method, path))
    if answer is None or _has_route(app, method, path):
        return None
    return {"body": json.dumps(answer()), "content_type": "application/json"}


def _has_route(app: FastAPI, method: str, path: str) -> bool:
    scope = {"type": "http", "method": method, "path": path, "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in app.routes)
