"""The page on new kinds names what there is to say."""

from pathlib import Path

import pytest

from app.contract.kind import JobKind
from app.contract.views.kinds import ShownKind
from worker.runners.runner import Runner, Tick

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-kind.md"


@pytest.mark.parametrize("port", [ShownKind, JobKind, Runner, Tick])
def test_every_member_of_a_port_stands_in_the_page(port: type) -> None:
    members = [name for name in vars(port) if not name.startswith("_")]
    assert members
    page = PAGE.read_text()
    missing = [
        name
        for name in members
        if f"`{name}`" not in page and f"`{name}()`" not in page
    ]
    assert missing == []


def test_every_file_that_it_names_is_there() -> None:
    words = PAGE.read_text().split("`")[1::2]
    paths = [word for word in words if "/" in word and "<" not in word]
    files = [word for word in paths if word.startswith(("app/", "worker/", "tests/"))]
    assert len(files) > 5
    assert [name for name in files if not (PAGE.parents[1] / name).exists()] == []
