"""A key that was sent to a version that knew no kinds still stands for its job."""

from typing import Any

import pytest

from tests.app.conftest import ApiHarness
from tests.app.submissions.sending import STYLE_ID, send

NAMED = {"style_id": STYLE_ID}
SEED = {"params": {"seed": 3}}

#: As that version reckoned them.
OLD = {
    "/v1/jobs": (
        {"content": NAMED, "styles": [NAMED], "masks": [None], **SEED},
        "144855498e5ea33863e7d8243aa3f546c13d8be0c1aec92ac869e28b0c10dc1f",
    ),
    "/v1/batches": (
        {"contents": [NAMED], "styles": [NAMED], **SEED},
        "cca6d66e7ea482c18e4d3c433c0b1b1a2513dad08431c768d6f2e0906ebaac6d",
    ),
}


@pytest.mark.parametrize("kind", [{}, {"kind": "image"}])
@pytest.mark.parametrize("path", OLD)
def test_the_same_request_has_the_same_fingerprint(
    api: ApiHarness, path: str, kind: Any
) -> None:
    body, fingerprint = OLD[path]
    answer = send(api, {**body, **kind}, path, Idempotency_Key="k")
    assert answer.status_code == 202, answer.text
    made = answer.json()
    (job_id,) = [job["id"] for job in made.get("jobs", [made])]
    assert api.ledger.get(job_id).idempotency.fingerprint == fingerprint
