"""What our own sources must not contain, because no test could show it harmless."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [path for room in ("app", "worker") for path in (ROOT / room).rglob("*.py")]
SCRIPTS = sorted((ROOT / "app/web/page").rglob("*.js"))
_RUNNERS = {"eval", "exec", "compile", "__import__"}
_PICKLERS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "yaml"}
#: A constant of the module, or a file of the package.
_CONSTANT_SCRIPT = re.compile(r"_[A-Z]+$|_read(_script)?\(name\)$")
_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    r"|createContextualFragment|srcdoc|javascript:"
)


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            yield path, node


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path, node in nodes():
        if isinstance(node, ast.Call):
            yield path, node, ast.unparse(node.func)


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 300
    assert len(SCRIPTS) > 10


def test_nothing_is_unpickled() -> None:
    for path, node in nodes():
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not {name.split(".")[0] for name in names} & _PICKLERS, path


def test_weights_are_loaded_without_their_code() -> None:
    loads = [(path, call) for path, call, name in calls() if name == "torch.load"]
    assert loads
    for path, call in loads:
        safe = [each for each in call.keywords if each.arg == "weights_only"]
        assert [ast.unparse(each.value) for each in safe] == ["True"], path


def test_celery_reads_json_and_nothing_else() -> None:
    """All applications take their settings from one place, which names JSON alone."""
    said = [
        (ast.unparse(key), ast.unparse(value))
        for _, node in nodes()
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if key is not None
    ]
    assert said.count(("'task_serializer'", "'json'")) == 1
    assert [value for key, value in said if key == "'accept_content'"] == ["['json']"]
    (maker,) = [path for path, _, name in calls() if name == "Celery"]
    assert maker.name == "celery_apps.py", "the others ask it for theirs"
    made = [path for path, _, name in calls() if name == "new_celery"]
    common = {"bell_settings", "hearing_settings"}
    updated = [path for path, _, name in calls() if name == "celery.conf.update"]
    assert len(made) >= 3
    assert sorted(made) == sorted(updated)
    for path, call, name in calls():
        if name == "celery.conf.update":
            assert ast.unparse(call.args[0]).split("(")[0] in common, path
        given = {keyword.arg for keyword in call.keywords}
        assert not given & {"accept_content", "task_serializer"}, path


def test_no_text_is_run_as_code() -> None:
    found = [(path, name) for path, _, name in calls() if name in _RUNNERS]
    assert found == []


def test_no_shell_is_asked() -> None:
    for path, call, name in calls():
        assert name not in {"os.system", "os.popen", "subprocess.getoutput"}, path
        assert "shell" not in {keyword.arg for keyword in call.keywords}, path


def test_values_reach_lua_as_arguments_only() -> None:
    """A script is read from a file; no client's text is ever part of one."""
    for path, call, name in calls():
        assert name.rpartition(".")[2] not in {"eval", "evalsha"}, path
        if name.endswith("register_script"):
            assert _CONSTANT_SCRIPT.match(ast.unparse(call.args[0])), path


def test_lua_builds_no_code() -> None:
    files = sorted((ROOT / "app").rglob("*.lua"))
    assert len(files) > 10
    for path in files:
        assert not re.search(r"\bload(string)?\s*\(|dofile|setfenv", path.read_text())


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_page_writes_texts_and_never_markup(path: Path) -> None:
    assert _MARKUP.findall(path.read_text()) == []
