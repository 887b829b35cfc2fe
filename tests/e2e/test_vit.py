"""A vision transformer of the operator's looks at a job in the real service."""

import json
from pathlib import Path

import httpx
import pytest

from tests.e2e.service import Service
from tests.engine.features.vits import of_timm, saved

pytestmark = [pytest.mark.e2e, pytest.mark.vgg_weights]


def test_a_transformer_by_path_holds_the_layout_and_matches_the_style(
    tmp_path: Path, pictures: tuple[Path, Path]
) -> None:
    path = saved(of_timm(), tmp_path)
    service = Service(
        tmp_path / "service",
        {
            "IMPASTO_NETWORKS": "vgg19,vit",
            "IMPASTO_WEIGHTS_PATHS": json.dumps({"vit": str(path)}),
        },
    )
    try:
        service.start()
        facts = httpx.get(f"{service.url}/v1/capabilities", timeout=10).json()
        assert facts["networks"] == ["vgg19", "vit"]
        assert facts["layers"]["vit"][-2:] == ["last.keys", "last.tokens"]
        for size, loss in ((64, "nearest"), (70, "optimal_transport")):
            job_id = service.submit(
                *pictures,
                network="vit",
                content_loss="self_similarity",
                style_loss=loss,
                style_layers='{"relu3_1": 1, "last.tokens": 1}',
                size=size,
                steps=4,
                seed=1,
            )
            job = service.wait_for(job_id, "succeeded")
            assert job["result"]["width"] == size
            assert "vit:" in json.dumps(job)
        refused = httpx.post(
            f"{service.url}/v1/jobs",
            data={"network": "vit", "content_layers": '{"last.kys": 1}'},
            files={
                "content": pictures[0].read_bytes(),
                "style": pictures[1].read_bytes(),
            },
            timeout=10,
        )
        assert refused.status_code == 422
        assert "last.keys" in refused.text
    finally:
        service.stop()
