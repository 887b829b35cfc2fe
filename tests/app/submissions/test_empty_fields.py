"""What a page's form leaves open counts as left out, in every form."""

from typing import Any

import pytest

from app.contract.kinds import KINDS
from app.settings import ApiSettings
from app.stores.ledger import LedgerRules
from app.submissions.fields import fields_of
from app.submissions.files.sources import STYLE_ID
from tests.app.conftest import PICTURE, ApiHarness
from tests.ledgers import ScratchLedger

PARTS = [("content", ("a.png", PICTURE)), ("style", ("b.png", PICTURE))]


OPTIONAL_TEXTS = fields_of(KINDS.default).optional_texts


def text(name: str, value: str) -> Any:
    return name, (None, value)


@pytest.fixture(scope="module")
def api() -> ApiHarness:
    # Each text is sent for a job of its own, and none is painted.
    ledger = ScratchLedger(LedgerRules(queue_limit=1000))
    return ApiHarness(ApiSettings(queue_limit=1000), ledger=ledger)


def params_of(api: ApiHarness, *fields: Any) -> Any:
    answer = api.client.post("/v1/jobs?validate_only=true", files=[*PARTS, *fields])
    assert answer.status_code == 200, answer.text
    return answer.json()["params"]


@pytest.mark.parametrize("value", ["", " ", "\r\n"])
@pytest.mark.parametrize("name", sorted(OPTIONAL_TEXTS | {STYLE_ID}))
@pytest.mark.parametrize("path", ["/v1/jobs?validate_only=true", "/v1/batches"])
def test_empty_text_is_no_text(
    api: ApiHarness, path: str, name: str, value: str
) -> None:
    answer = api.client.post(path, files=[*PARTS, text(name, value)])
    assert answer.status_code in {200, 202}, answer.text


def test_all_of_a_form_may_be_left_open(api: ApiHarness) -> None:
    everything = [text(name, "") for name in sorted(OPTIONAL_TEXTS)]
    left_open, unsaid = params_of(api, *everything), params_of(api)
    # Without a seed one is drawn.
    assert {**left_open, "seed": 0} == {**unsaid, "seed": 0}


def test_one_of_several_may_be_left_open(api: ApiHarness) -> None:
    assert params_of(api, text("seed", ""), text("seed", "7"))["seed"] == 7
    assert params_of(api, text("style_weight", ""))["style_weights"] == [1]
    another = [("style", ("c.png", PICTURE)), text("style_weights", "")]
    weights = [text("style_weight", ""), text("style_weight", "2")]
    params = params_of(api, *another, *weights)
    assert params["style_weights"] == [1, 2], "the second painting's stays its own"


def test_unknown_field_stays_unknown_when_it_is_empty(api: ApiHarness) -> None:
    answer = api.client.post("/v1/jobs", files=[*PARTS, text("sede", "")])
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")


def test_words_about_a_painting_may_be_left_open(api: ApiHarness) -> None:
    words = [text(name, "") for name in ("title", "artist", "license", "source")]
    image = ("image", ("a.png", PICTURE))
    answer = api.client.post("/v1/styles", files=[image, *words, text("title", "Sea")])
    assert (answer.status_code, answer.json()["title"]) == (201, "Sea")
