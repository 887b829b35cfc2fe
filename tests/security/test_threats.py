"""Each row of docs/threats.md names tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/threats.md").read_text()
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_FILE = re.compile(
    r"`((?:app|worker|security)/[\w/.]+\.\w+|[\w.-]+\.(?:yml|txt|toml|api|worker))`"
)
_COLUMNS = 4


def rows() -> list[list[str]]:
    lines = [line for line in DOCUMENT.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [each for each in cells if each[0] != "threat" and set(each[0]) != {"-"}]


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_the_table_is_as_long_as_promised() -> None:
    assert len(rows()) >= 40


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:60])
def test_a_row_names_its_control_its_place_and_a_test(row: list[str]) -> None:
    assert len(row) == _COLUMNS
    assert all(row)
    tests = _TEST.findall(row[3])
    assert tests, "no test proves it"
    for path, name in tests:
        assert name in functions_of(path), f"{path}::{name}"
    places = _FILE.findall(row[2])
    assert places
    assert all((ROOT / place).exists() for place in places), places
