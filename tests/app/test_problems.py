import ast
from http import HTTPStatus
from pathlib import Path

import pytest

import app
from app.problems import PROBLEMS, ProblemCode, ProblemError

SOURCES = sorted(Path(app.__file__).parent.rglob("*.py"))


def test_the_table_is_complete() -> None:
    assert set(PROBLEMS) == set(ProblemCode)


@pytest.mark.parametrize("code", ProblemCode)
def test_every_kind_of_problem_is_explained(code: ProblemCode) -> None:
    kind = PROBLEMS[code]
    assert 400 <= HTTPStatus(kind.status) <= 599
    assert kind.title
    assert kind.advice.endswith((".", ")."))
    assert kind.retryable or kind.status < 500


def test_every_code_can_happen() -> None:
    raised = {
        node.attr
        for path in SOURCES
        if path.parent.name != "problems" and path.name != "documentation.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr.isupper()
    }
    assert {code.name for code in ProblemCode} <= raised


def test_a_problem_reads_well_in_a_log() -> None:
    error = ProblemError(ProblemCode.NOT_FOUND, "Nothing.")
    assert str(error) == "not_found: Nothing."
