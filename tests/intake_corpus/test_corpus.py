"""Sends every row of the corpus to a whole API over a real directory."""

import os
import shutil
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.contract.records.wire import upload_key
from app.settings import ApiSettings
from app.stores.blobs import DirectoryBlobStore
from app.stores.ledger.rules import LedgerRules
from tests.app.conftest import ApiHarness
from tests.app.pictures import decode
from tests.intake_corpus import bodies, damaged, foreign, good, parameters, raw
from tests.intake_corpus.case import Case, Stored
from tests.intake_corpus.memory import PeakMemory
from tests.ledgers import ScratchLedger

CATEGORIES: dict[str, list[Case]] = {
    "awkward but good": good.CASES,
    "foreign": foreign.CASES,
    "corrupt and hostile": damaged.CASES,
    "parameters": parameters.CASES,
    "bodies and heads": bodies.CASES,
}
CASES = [case for cases in CATEGORIES.values() for case in cases]
_ROOM = 100_000


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blobs")


@pytest.fixture(scope="module")
def served(root: Path) -> ApiHarness:
    return ApiHarness(
        settings=ApiSettings(queue_limit=_ROOM),
        ledger=ScratchLedger(LedgerRules(queue_limit=_ROOM)),
        blobs=DirectoryBlobStore(root / "pictures", min_free_bytes=0),
    )


@pytest.fixture
def clean_api(served: ApiHarness, root: Path) -> ApiHarness:
    """Return the API with nothing on its disk."""
    shutil.rmtree(root / "pictures", ignore_errors=True)
    served.doorbell.rung.clear()
    return served


def send(api: ApiHarness, case: Case) -> Any:
    request = case.build()
    declared = (
        {} if request.media_type is None else {"Content-Type": request.media_type}
    )
    with PeakMemory() as peak:
        answer = api.client.request(
            request.method,
            request.path,
            content=request.body,
            headers={**declared, **request.headers},
        )
    assert peak.grown_bytes < case.most_bytes, f"{peak.grown_bytes >> 20} MiB"
    return answer


def temporary_files() -> list[str]:
    """Return what this process has open of files that have no name any more."""
    targets = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            targets.append(os.readlink(each))  # noqa: PTH115 - they are no paths
        except FileNotFoundError:  # of this very listing
            continue
    return [each for each in targets if "(deleted)" in each]


@pytest.mark.filterwarnings("ignore:.*:UserWarning")  # Pillow's, of odd metadata
@pytest.mark.parametrize("case", CASES, ids=str)
def test_answer_and_effect_are_those_of_the_row(
    case: Case, clean_api: ApiHarness, root: Path
) -> None:
    depth, open_before = clean_api.ledger.queue_depth(), temporary_files()
    answer = send(clean_api, case)
    assert answer.status_code == case.status, answer.text[:500]
    queued = clean_api.ledger.queue_depth() - depth
    files = [each for each in root.rglob("*") if each.is_file()]
    if case.status == 202:
        assert (queued, len(clean_api.doorbell.rung)) == (1, 1)
        require_stored(answer.json(), case.stored, clean_api, files)
    else:
        assert (queued, clean_api.doorbell.rung, files) == (0, [], [])
    if case.code is not None:
        require_problem(answer, case)
    assert temporary_files() == open_before


def require_problem(answer: Any, case: Case) -> None:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["code"], problem["status"]) == (case.code, case.status), problem
    assert problem["type"].endswith(f"/problems/{case.code}")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["detail"]
    assert len(answer.content) < 16_384
    assert "Traceback" not in answer.text


def require_stored(
    job: dict[str, Any], stored: Stored | None, api: ApiHarness, files: list[Path]
) -> None:
    images = [job["input"]["content"], *job["input"]["styles"]]
    blobs = {upload_key(image["sha256"]) for image in images}
    uploads = {
        f"uploads/{each.name}" for each in files if each.parent.name == "uploads"
    }
    assert uploads == blobs
    assert not [each for each in files if each.name.startswith(".")]
    if stored is None:
        return
    content = api.blobs.get(upload_key(images[0]["sha256"]))
    assert chunks_of(content) == {b"IHDR", b"IDAT", b"IEND"}
    assert content[24:26] == b"\x08\x02", "8 bits a sample, RGB"
    picture = decode(content)
    assert picture.size == stored.size == (images[0]["width"], images[0]["height"])
    for (x, y), color in stored.pixels.items():
        at = (int(x * picture.width), int(y * picture.height))
        assert picture.getpixel(at) == pytest.approx(color, abs=stored.tolerance)


def chunks_of(png: bytes) -> set[bytes]:
    names, position = set(), 8
    while position < len(png):
        length, name = struct.unpack_from(">I4s", png, position)
        names.add(name)
        position += 12 + length
    return names


def test_corpus_is_as_large_as_promised() -> None:
    everything = {**CATEGORIES, "raw HTTP": raw.CASES}
    assert all(len(cases) >= 20 for cases in everything.values())
    counted = Counter(case.name for cases in everything.values() for case in cases)
    assert [name for name, count in counted.items() if count > 1] == []
    assert len(counted) >= 120
