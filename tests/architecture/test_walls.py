"""What import-linter cannot see: empty doors, quiet imports, rooms of human size."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("worker/**/*.py")])

#: conventions: modules under 300 lines, functions never over 40 of code.
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 40


def test_importing_the_contract_costs_nothing() -> None:
    assert (ROOT / "app/__init__.py").read_text() == ""


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_and_its_functions_fit_on_a_screen_or_two(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_MODULE
    too_long = {
        name: lines
        for name, lines in lengths_of_functions(ast.parse(text))
        if lines > LONGEST_FUNCTION
    }
    assert too_long == {}


def lengths_of_functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each function's name and its lines of code, docstring left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body:
                end = node.end_lineno or 0
                yield node.name, end - body[0].lineno + 1


def test_app_runs_where_torch_is_absent() -> None:
    """Every module of `app` imports with torch, numpy and the worker blocked."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in MODULES
        if path.is_relative_to(ROOT / "app")
    ]
    program = f"""
import importlib, sys
for blocked in ("torch", "torchvision", "numpy", "safetensors", "worker"):
    sys.modules[blocked] = None
for name in {names!r}:
    importlib.import_module(name.removesuffix(".__init__"))
"""
    run(program)


def test_importing_every_room_opens_no_socket_and_writes_no_file() -> None:
    program = """
import importlib, pkgutil, sys

def watch(event, args):
    if event in ("socket.connect", "socket.bind"):
        raise SystemExit(f"{event} {args} at import")
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        if "__pycache__" not in str(args[0]):
            raise SystemExit(f"{event} {args} at import")

import torch  # what torch does at import is its own affair
sys.addaudithook(watch)
for package in ("app", "worker"):
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, package + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""
    run(program)


def run(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
