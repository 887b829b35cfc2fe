"""The real API process under large and hostile uploads stays below its memory."""

from pathlib import Path

import pytest

from benchmarks.intake_memory import MOST_BYTES, Upload, picture, serving, submission
from tests.app.pictures import claiming, plain
from tests.intake_corpus.makers import END, header, many_scans, packed, png

#: Two of the kinds that take most; the benchmark has them all.
LARGE = (
    lambda: picture("WEBP", lossless=True, method=0, quality=0),
    lambda: picture("JPEG", "CMYK", progressive=True, subsampling=0),
)


def hostile() -> list[Upload]:
    bombs = (
        claiming(50_000, 50_000),
        png(header(), (b"IDAT", packed(100_000_000)), END),
        png(header(), (b"zTXt", b"a\0\0" + packed(50_000_000)), END),
        many_scans(3000),
    )
    form = "multipart/form-data; boundary=x"
    body = Upload("/v1/jobs", body=b"--x\r\n" + bytes(60 * 2**20), media_type=form)
    return [*(submission(each, each) for each in bombs), body]


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="Linux alone tells the peak"
)
def test_api_stays_below_its_memory_under_hostile_uploads(
    valkey_url: str, tmp_path: Path
) -> None:
    large = [submission(make(), plain()) for make in LARGE]
    with serving(valkey_url, tmp_path, IMPASTO_UPLOAD_PATIENCE_S="60") as api:
        statuses = api.send_at_once([*large, *hostile()])
        peak_bytes = api.memory_bytes()
    assert statuses == {200: 2, 422: 4, 400: 1}
    assert peak_bytes < MOST_BYTES, f"{peak_bytes >> 20} MiB"
