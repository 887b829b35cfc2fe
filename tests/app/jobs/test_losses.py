"""The loss curve as objects, as a table and as a drawing."""

import csv
import re
from math import isclose
from xml.etree import ElementTree as ET

import pytest

from app.contract.updates import Row
from app.jobs.axes import linear_axis, log_axis
from app.jobs.curve import draw_curve
from tests.app.conftest import ApiHarness
from tests.stores.new_jobs import a_row

POINTS = [
    a_row(10, 1, 5000.0, 1000.0, 3900.0, 100.0),
    a_row(20, 1, 500.0, 100.0, 400.0, 0.0),
    a_row(30, 2, 50.5, 20.0, 30.0, 0.5),
    a_row(40, 2, 5.0, 2.0, 2.5, 0.5),
]
SVG = "{http://www.w3.org/2000/svg}"


COLUMNS = ("step", "scale", "total", "content", "style", "tv")


def flat(row: Row) -> tuple[float, ...]:
    return (row.step, row.stage, *row.values)


def url_of(api: ApiHarness) -> str:
    job_id = api.running()
    api.ledger.beat(job_id, 1, None, POINTS)
    return f"/v1/jobs/{job_id}/losses"


def test_losses_are_objects_by_default(api: ApiHarness) -> None:
    url = url_of(api)
    answer = api.client.get(url)
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["object"] == "losses"
    assert body["job_id"] in url
    assert body["attempt"] == 1
    assert body["data"] == [
        dict(zip(COLUMNS, flat(row), strict=True)) for row in POINTS
    ]


def test_losses_are_a_table_with_a_head(api: ApiHarness) -> None:
    answer = api.client.get(url_of(api), headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    head, *rows = csv.reader(answer.text.splitlines())
    assert head == [*COLUMNS]
    assert [tuple(map(float, row)) for row in rows] == [flat(row) for row in POINTS]


@pytest.mark.parametrize(
    ("accept", "query", "chosen"),
    [
        ("image/svg+xml", "", "image/svg+xml"),
        ("image/*", "", "image/svg+xml"),
        ("*/*", "?format=csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.1, application/json;q=0.2", "", "application/json"),
    ],
)
def test_the_client_picks_the_form(
    api: ApiHarness, accept: str, query: str, chosen: str
) -> None:
    answer = api.client.get(url_of(api) + query, headers={"Accept": accept})
    assert answer.headers["content-type"] == chosen
    assert answer.headers["vary"] == "Accept"


def test_another_form_is_refused(api: ApiHarness) -> None:
    answer = api.client.get(url_of(api), headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json()["available"] == [
        "application/json",
        "text/csv",
        "image/svg+xml",
    ]


def test_a_known_curve_is_not_sent_again_but_its_other_form_is(api: ApiHarness) -> None:
    url = url_of(api)
    etag = api.client.get(url).headers["etag"]
    headers = {"If-None-Match": etag}
    assert api.client.get(url, headers=headers).status_code == 304
    assert api.client.get(f"{url}?format=csv", headers=headers).status_code == 200


def test_before_the_first_step_there_are_no_losses(api: ApiHarness) -> None:
    url = f"/v1/jobs/{api.queued()}/losses"
    assert api.client.get(url).json()["data"] == []
    assert api.client.get(f"{url}?format=csv").text.count("\n") == 1
    drawing = api.client.get(f"{url}?format=svg").text
    assert "There are no losses yet" in drawing


def test_the_drawing_runs_nothing_and_fetches_nothing(api: ApiHarness) -> None:
    answer = api.client.get(f"{url_of(api)}?format=svg")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy + answer.text
    assert not re.search(r"(href|src|url)\s*[=(]", answer.text)
    assert "prefers-color-scheme:dark" in answer.text


def paths(svg: str) -> dict[str, list[list[tuple[float, float]]]]:
    """Return each term's lines, as points, by class; the legend's are left out."""
    found: dict[str, list[list[tuple[float, float]]]] = {}
    drawing = ET.fromstring(svg)  # noqa: S314  # our own
    for path in drawing.iter(f"{SVG}path"):
        pairs = re.findall(r"[ML]([\d.]+) ([\d.]+)", path.get("d", ""))
        if "h22" not in path.get("d", ""):
            line = [(float(x), float(y)) for x, y in pairs]
            found.setdefault(path.get("class", ""), []).append(line)
    return found


def test_each_term_has_a_line_for_each_scale() -> None:
    found = paths(draw_curve(POINTS, COLUMNS[2:]))
    for name in ("total", "content", "style"):
        assert [len(line) for line in found[name]] == [2, 2], name
    assert [len(line) for line in found["tv"]] == [1, 2], "zero has no logarithm"
    assert len(found["scale"]) == 1, "one boundary between two scales"


def test_equal_factors_are_equal_distances() -> None:
    (first, second) = paths(draw_curve(POINTS, COLUMNS[2:]))["total"]
    tenfold = first[1][1] - first[0][1]
    assert tenfold > 0, "less is lower down"
    assert isclose(second[1][1] - first[1][1], 2 * tenfold, abs_tol=0.2)


def test_a_single_point_is_visible() -> None:
    svg = draw_curve(POINTS[:1], COLUMNS[2:])
    assert 'class="total" d="M' in svg
    assert "h0" in svg


def test_a_long_curve_stays_a_small_file() -> None:
    points = [a_row(n, 1, 9e3 / n, 4e3 / n, 4e3 / n, 1e3 / n) for n in range(1, 9000)]
    svg = draw_curve(points, COLUMNS[2:])
    assert len(svg) < 100_000
    (line,) = paths(svg)["total"]
    assert line[-1][0] == 740.0, "the last step is drawn"


def test_marks_are_round_and_few() -> None:
    assert [label for _, label in linear_axis(1, 500, 0, 100).ticks] == [
        "100",
        "200",
        "300",
        "400",
        "500",
    ]
    assert [label for _, label in linear_axis(7, 9, 0, 100).ticks] == ["7", "8", "9"]
    assert [label for _, label in log_axis([15, 50_000], 0, 100).ticks] == [
        "100",
        "1k",
        "10k",
    ]
    assert [label for _, label in log_axis([0.015, 0.3], 0, 100).ticks] == [
        "0.02",
        "0.05",
        "0.1",
        "0.2",
    ]


def test_a_flat_line_has_an_axis() -> None:
    axis = log_axis([7.0, 7.0], 0, 100)
    assert isclose(axis.place(7.0), 50)
    assert len(axis.ticks) == 2
